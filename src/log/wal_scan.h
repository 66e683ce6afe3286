// Looks at RocksDB's write-ahead files from outside, to tell a torn end from damage in the middle.
//
// Each commit begins with a marker, so that the raw bytes tell which commits there were even where RocksDB
// can't read on:
//
//     marker = "PLG1" | u64 commit | u16 count | (u32 shard | u64 seq)* | u32 crc32c
//
// Commits are numbered from 1 without a gap. If RocksDB recovers up to commit C, then commit C + 1 may be
// torn: it was never acknowledged, or it was the last. But a whole marker of C + 2 or later proves that C + 1
// had been made durable before: then its loss is damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"

namespace porchlight::log {

struct Marker {
  std::uint64_t commit = 0;
  std::vector<Position> positions;
  friend bool operator==(const Marker&, const Marker&) = default;
};

// Positions in a marker at most. Together with there being no control characters in stored texts, it keeps
// any text from passing for a marker: read as the count, two characters are more than this.
inline constexpr std::size_t kMarkerPositionsMax = 4096;

std::string encode_marker(const Marker& marker);

// The marker at the start of `bytes`; what follows it is not looked at.
std::optional<Marker> decode_marker(std::string_view bytes);

// The markers in the bytes of one write-ahead file, in order.
std::vector<Marker> find_markers(std::string_view wal);

// How far the file consists of whole records.
std::uint64_t whole_bytes(std::string_view wal);

// All write-ahead files of a folder.
struct WalScan {
  std::vector<Marker> markers;       // in order of the files
  std::string damaged_file;          // the first that is not whole; empty where all are
  std::uint64_t damaged_at = 0;      // the offset in it
  std::uint64_t bytes_not_read = 0;  // from there to the end of the last file
};
WalScan scan_wals(const std::string& dir);

}  // namespace porchlight::log
