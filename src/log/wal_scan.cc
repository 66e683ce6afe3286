// RocksDB's write-ahead format (its wiki, "Write Ahead Log File Format"): blocks of 32 KiB; in them records,
//
//     u32 masked crc32c of type and payload | u16 length | u8 type | payload
//
// of type FULL, or FIRST MIDDLE* LAST if a record spans blocks. Fewer than 7 bytes at the end of a block are zeros.
//
// Markers are searched for in the raw bytes, without relying on the records: a marker has a checksum of its own.
#include "log/wal_scan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "base/check.h"
#include "log/crc32c.h"

namespace porchlight::log {

namespace {

constexpr std::string_view kMarkerMagic = "PLG1";
constexpr std::size_t kBlockBytes = 32 * 1024;
constexpr std::size_t kRecordHeaderBytes = 7;
enum RecordType : std::uint8_t { kZero = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u; }

// The file without the record header at the start of each block. In it, a marker that spans blocks is contiguous, as
// is any other.
std::string without_block_headers(std::string_view wal) {
  std::string joined;
  joined.reserve(wal.size());
  for (std::size_t at = 0; at < wal.size(); at += kBlockBytes) {
    const std::string_view block = wal.substr(at, kBlockBytes);
    joined += block.substr(std::min(block.size(), kRecordHeaderBytes));
  }
  return joined;
}

// The bytes of a file; empty if it can't be read.
std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string encode_marker(const Marker& marker) {
  CHECK(marker.positions.size() <= kMarkerPositionsMax);
  std::string bytes;
  ByteWriter out(bytes);
  out.raw(kMarkerMagic);
  out.fixed(marker.commit);
  out.fixed(static_cast<std::uint16_t>(marker.positions.size()));
  for (const Position& position : marker.positions) {
    out.fixed(position.shard);
    out.fixed(position.seq);
  }
  out.fixed(crc32c(bytes));
  return bytes;
}

std::optional<Marker> decode_marker(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.raw(kMarkerMagic.size()) != kMarkerMagic) return std::nullopt;
  Marker marker;
  marker.commit = in.fixed<std::uint64_t>();
  const auto count = in.fixed<std::uint16_t>();
  if (count > kMarkerPositionsMax) return std::nullopt;
  for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
    const auto shard = in.fixed<std::uint32_t>();
    marker.positions.push_back({shard, in.fixed<std::uint64_t>()});
  }
  if (!in.ok()) return std::nullopt;
  const std::size_t covered = bytes.size() - in.rest().size();
  const auto crc = in.fixed<std::uint32_t>();
  if (!in.ok() || crc != crc32c(bytes.substr(0, covered))) return std::nullopt;
  return marker;
}

// Tries each occurrence of the magic number.
std::vector<Marker> find_markers(std::string_view wal) {
  const std::string bytes = without_block_headers(wal);
  std::vector<Marker> found;
  for (std::size_t at = bytes.find(kMarkerMagic); at != std::string::npos;
       at = bytes.find(kMarkerMagic, at + 1)) {
    if (auto marker = decode_marker(std::string_view(bytes).substr(at))) found.push_back(std::move(*marker));
  }
  return found;
}

std::uint64_t whole_bytes(std::string_view wal) {
  std::size_t whole = 0;
  bool is_inside = false;  // between FIRST and LAST
  for (std::size_t at = 0; at < wal.size();) {
    const std::size_t left_in_block = kBlockBytes - at % kBlockBytes;
    if (left_in_block < kRecordHeaderBytes) {
      at += left_in_block;
      continue;
    }
    ByteReader in(wal.substr(at, left_in_block));
    const auto crc = in.fixed<std::uint32_t>();
    const auto length = in.fixed<std::uint16_t>();
    const std::string_view body = in.rest();
    const auto type = in.fixed<std::uint8_t>();
    in.raw(length);
    if (!in.ok() || crc != masked(crc32c(body.substr(0, length + 1u)))) break;
    const bool begins = type == kFull || type == kFirst;
    if (begins == is_inside || type < kFull || type > kLast) break;
    is_inside = type == kFirst || type == kMiddle;
    at += kRecordHeaderBytes + length;
    if (!is_inside) whole = at;
  }
  // The zeros at the end of a block are not counted if nothing follows them.
  return whole;
}

WalScan scan_wals(const std::string& dir) {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(dir, ignored)) {
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  }
  // Their names are numbers of six digits or more.
  std::ranges::sort(files, {}, [](const auto& path) {
    return std::pair(path.filename().string().size(), path.filename().string());
  });
  WalScan scan;
  for (const auto& path : files) {
    const std::string wal = read_whole(path);
    std::ranges::move(find_markers(wal), std::back_inserter(scan.markers));
    const std::uint64_t whole = whole_bytes(wal);
    if (scan.damaged_file.empty() && whole < wal.size()) {
      scan.damaged_file = path.filename().string();
      scan.damaged_at = whole;
    }
    if (!scan.damaged_file.empty()) {
      const bool is_first = path.filename() == scan.damaged_file;
      scan.bytes_not_read += wal.size() - (is_first ? whole : 0);
    }
  }
  return scan;
}

}  // namespace porchlight::log
