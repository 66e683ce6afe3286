// The manifest of a backup: manifest.json, which says what the backup is of and has the size and SHA-256 of each file.
//
//   {"format":"porchlight backup 1","version":"0.1.0","time":"2030-01-07T09:00:00.0000000Z","keys":true,
//    "positions":[17,…],"files":[{"path":"log/CURRENT","bytes":16,"sha256":"…"},…]}
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace porchlight::backup {

inline constexpr std::string_view kManifestName = "manifest.json";
// Bounds of a manifest that is read. A file of a database has megabytes, so these are many terabytes.
inline constexpr std::size_t kManifestBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kBackupFilesMax = 200'000;
inline constexpr std::size_t kPathBytesMax = 255;

struct ManifestFile {
  std::string path;  // in the data folder, with "/"
  std::uint64_t bytes = 0;
  std::string sha256;  // 64 hexadecimal digits in lower case
  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

struct Manifest {
  std::string version;                   // of the program that made the backup
  Time time{};                           // every write that was acknowledged before it is in the backup
  bool has_keys = true;                  // false: without the keys of the data folder
  std::vector<std::uint64_t> positions;  // by shard of the log, the number of its last batch
  std::vector<ManifestFile> files;       // by path, ascending
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::string print_manifest(const Manifest& manifest);
// The inverse. An error, which is a sentence, for anything that print_manifest() does not write. The text may be
// hostile.
std::expected<Manifest, std::string> parse_manifest(std::string_view text);

// Whether a path may be that of a file in a backup: a name, or a folder and a name, of letters, digits and "._-", none
// of which begins with a dot. So it cannot leave the folder that the backup is restored to.
bool is_backup_path(std::string_view path);

}  // namespace porchlight::backup
