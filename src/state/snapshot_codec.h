// Encoding and decoding of a snapshot, section by section (format: snapshot.h).
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

// A class, because it is a friend of View.
class SnapshotCodec {
 public:
  // Writes the next bytes of the file; returns false if that fails.
  using Sink = std::function<bool(std::string_view)>;

  // Returns the positions that the snapshot includes. Fails only if the sink fails. The view may change meanwhile.
  static std::expected<std::vector<log::Position>, std::string> encode(const View& view, const Sink& sink);
  // As load_snapshot().
  static std::expected<std::vector<log::Position>, std::string> decode(View& view, std::string_view bytes);

  // Checks all checksums and returns only the positions.
  static std::expected<std::vector<log::Position>, std::string> positions(std::string_view bytes);

 private:
  struct Section;  // a body and its checksum
  struct Layout;   // the sections of a file
  static std::string encode_shard(const View& view, std::uint32_t shard, std::uint64_t seq);
  static std::string encode_directory(const View& view);
  static std::expected<Layout, std::string> parse_layout(std::string_view bytes);
  static bool decode_shard(View& view, std::uint32_t shard, ByteReader in);
  static bool decode_directory(View& view, ByteReader in);
};

// Calls `work(n)` for n in [0, count), on one thread per core (16 at most). Returns when all calls have returned.
void parallel_for(std::uint32_t count, const std::function<void(std::uint32_t)>& work);

}  // namespace porchlight::state
