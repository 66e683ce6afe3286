// Reads RocksDB's write-ahead files directly, to distinguish a torn end from damage in the middle.
//
// Each commit begins with a marker, so that the commits in a file can be found even if RocksDB can't read it to the
// end:
//
//     marker = "PLG1" | u64 commit | u16 count | (u32 shard | u64 seq)* | u32 crc32c
//
// Commits are numbered from 1 without a gap, and each is synced before the next is written. If RocksDB recovers
// commits up to C, commit C + 1 may be torn: it was never acknowledged, or it was the last one. But an undamaged
// marker of C + 2 or later proves that C + 1 was durable; its loss is damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"

namespace porchlight::log {

// The number of a commit and the batches in it.
struct Marker {
  std::uint64_t commit = 0;
  std::vector<Position> positions;
  friend bool operator==(const Marker&, const Marker&) = default;
};

// The most positions in a marker. It also ensures that no stored text looks like a marker: texts have no control
// characters, and two other characters read as the count are more than this.
inline constexpr std::size_t kMarkerPositionsMax = 4096;

// At most kMarkerPositionsMax positions.
std::string encode_marker(const Marker& marker);

// The marker at the start of `bytes`, whatever follows it; nullopt if it is missing or its checksum is wrong.
std::optional<Marker> decode_marker(std::string_view bytes);

// The markers in the bytes of one write-ahead file, in order.
std::vector<Marker> find_markers(std::string_view wal);

// The length of the part of the file, from its start, that consists of undamaged records.
std::uint64_t whole_bytes(std::string_view wal);

// The write-ahead files of a folder.
struct WalScan {
  std::vector<Marker> markers;       // in order of the files
  std::string damaged_file;          // the first damaged file; empty if all are undamaged
  std::uint64_t damaged_at = 0;      // offset of the damage in that file
  std::uint64_t bytes_not_read = 0;  // from the damage to the end of the last file
};
// Files that can't be read count as empty.
WalScan scan_wals(const std::string& dir);

}  // namespace porchlight::log
