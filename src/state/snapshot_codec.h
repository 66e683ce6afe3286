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
#include "state/snapshot.h"
#include "state/snapshot_source.h"
#include "state/view.h"

namespace porchlight::state {

// Why a snapshot cannot be used.
struct SnapshotFault {
  std::string why;           // what is wrong with its bytes, or the system's error
  bool is_unreadable;        // the bytes cannot be read; nothing is known of them
  bool has_changed = false;  // the view is partly filled and must not be used
};
template <typename T>
using SnapshotResult = std::expected<T, SnapshotFault>;

// A class, because it is a friend of View.
class SnapshotCodec {
 public:
  // Writes the next bytes of the file; returns false if that fails.
  using Sink = std::function<bool(std::string_view)>;

  // Returns the positions that the snapshot includes. Fails only if the sink fails. The view may change meanwhile.
  static std::expected<std::vector<log::Position>, std::string> encode(const View& view, const Forget& forget,
                                                                       const Sink& sink);
  // Loads the snapshot into an empty view and returns the positions. All checksums are checked before the view is
  // changed.
  static SnapshotResult<std::vector<log::Position>> decode(View& view, const SnapshotSource& source);

  // Checks all checksums and returns only the positions.
  static SnapshotResult<std::vector<log::Position>> positions(const SnapshotSource& source);

 private:
  struct Section;  // the place of a body, and its checksum
  struct Layout;   // the sections of a file
  static std::string encode_shard(const View& view, std::uint32_t shard, std::uint64_t seq,
                                  const Forget& forget);
  static std::string encode_directory(const View& view);
  static SnapshotResult<Layout> parse_layout(const SnapshotSource& source);
  static SnapshotResult<std::vector<log::Position>> check(const SnapshotSource& source, Layout& layout);
  static bool decode_shard(View& view, std::uint32_t shard, ByteReader in);
  static bool decode_directory(View& view, ByteReader in, std::uint8_t format);
};

// Calls `work(n)` for n in [0, count), on one thread per core (16 at most). Returns when all calls have returned.
void parallel_for(std::uint32_t count, const std::function<void(std::uint32_t)>& work);

}  // namespace porchlight::state
