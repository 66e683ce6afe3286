// A view as bytes and back, section by section (snapshot.h).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "log/event.h"
#include "state/view.h"

namespace porchlight::state {

class SnapshotCodec {
 public:
  // Takes the next bytes of the file; false where they can't be written.
  using Sink = std::function<bool(std::string_view)>;

  // The positions written, or nothing where the sink failed.
  static std::expected<std::vector<log::Position>, std::string> encode(const View& view, const Sink& sink);
  static std::expected<std::vector<log::Position>, std::string> decode(View& view, std::string_view bytes);

  // The positions alone, of bytes whose checksums hold.
  static std::expected<std::vector<log::Position>, std::string> positions(std::string_view bytes);

 private:
  struct Section;
  struct Layout;
  static std::string encode_shard(const View& view, std::uint32_t shard, std::uint64_t seq);
  static std::string encode_directory(const View& view);
  static std::expected<Layout, std::string> parse_layout(std::string_view bytes);
  static bool decode_shard(View& view, std::uint32_t shard, ByteReader in);
  static bool decode_directory(View& view, ByteReader in);
};

// Calls `work(n)` for n from 0 to below `count`, on all cores.
void parallel_for(std::uint32_t count, const std::function<void(std::uint32_t)>& work);

}  // namespace porchlight::state
