#include "backup/backup.h"

#include <algorithm>
#include <optional>

#include "backup/sha256.h"

namespace porchlight::backup {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStopped = "interrupted";

std::string top_of(const std::string& path) { return path.substr(0, path.find('/')); }

// Copies the file that the source has just begun to the target unless that is null, and returns its entry.
std::expected<ManifestFile, std::string> copy_content(const std::string& path, BackupSource& source,
                                                      BackupTarget* target, const OnCopied& on_copied) {
  ManifestFile file{path, 0, {}};
  Sha256 digest;
  while (true) {
    const auto bytes = source.read();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    digest.add(*bytes);
    file.bytes += bytes->size();
    if (target)
      if (auto written = target->write(*bytes); !written) return std::unexpected(written.error());
    if (!on_copied(bytes->size())) return std::unexpected(kStopped);
  }
  file.sha256 = digest.hex();
  return file;
}

Status write_manifest(const Manifest& manifest, BackupTarget& target) {
  const std::string text = print_manifest(manifest) + '\n';
  if (auto begun = target.begin_file(std::string(kManifestName), text.size()); !begun) return begun;
  if (auto written = target.write(text); !written) return written;
  return target.end_file();
}

std::expected<std::string, std::string> read_manifest_text(BackupSource& source) {
  std::string text;
  while (true) {
    const auto bytes = source.read();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) return text;
    if (text.size() + bytes->size() > kManifestBytesMax)
      return std::unexpected("manifest.json is too large for one of a backup");
    text += *bytes;
  }
}

// Copies one file as a whole.
std::expected<ManifestFile, std::string> take_file(const std::string& path, BackupSource& source,
                                                   BackupTarget* target, const OnCopied& on_copied) {
  if (!is_backup_path(path)) return std::unexpected("it has a file that is not one of a backup");
  if (target)
    if (auto begun = target->begin_file(path, 0); !begun) return std::unexpected(begun.error());
  auto file = copy_content(path, source, target, on_copied);
  if (!file || !target) return file;
  if (auto ended = target->end_file(); !ended) return std::unexpected(ended.error());
  return file;
}

// What is wrong with the files that were found, both lists in order of path.
Status compare(const std::vector<ManifestFile>& found, const std::vector<ManifestFile>& wanted) {
  auto is = found.begin();
  for (const ManifestFile& file : wanted) {
    if (is == found.end() || is->path > file.path) return std::unexpected(file.path + " is missing");
    if (is->path < file.path) break;
    if (is->bytes != file.bytes)
      return std::unexpected(file.path + " has " + std::to_string(is->bytes) + " bytes instead of " +
                             std::to_string(file.bytes));
    if (is->sha256 != file.sha256) return std::unexpected(file.path + " is damaged: its SHA-256 is another");
    ++is;
  }
  if (is != found.end()) return std::unexpected(is->path + " is not in the manifest");
  return {};
}

}  // namespace

std::uint64_t bytes_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (fs::recursive_directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    std::error_code gone;
    if (entry->is_regular_file(gone)) bytes += entry->file_size(gone);
  }
  return bytes;
}

std::expected<Manifest, std::string> write_backup(const fs::path& folder,
                                                  const std::vector<std::string>& left_out, Manifest manifest,
                                                  BackupTarget& target, const OnCopied& on_copied) {
  const auto source = FolderSource::open(folder);
  if (!source) return std::unexpected(source.error());
  while (true) {
    const auto path = (*source)->next();
    if (!path) return std::unexpected(path.error());
    if (!*path) break;
    if (std::ranges::count(left_out, top_of(**path)) != 0) continue;
    std::error_code error;
    const std::uint64_t bytes = fs::file_size(folder / **path, error);
    if (error) return std::unexpected(**path + ": " + error.message());
    if (auto begun = target.begin_file(**path, bytes); !begun) return std::unexpected(begun.error());
    const auto file = copy_content(**path, **source, &target, on_copied);
    if (!file) return std::unexpected(file.error());
    if (file->bytes != bytes) return std::unexpected(**path + " changed while it was copied");
    if (auto ended = target.end_file(); !ended) return std::unexpected(ended.error());
    manifest.files.push_back(*file);
  }
  if (auto written = write_manifest(manifest, target); !written) return std::unexpected(written.error());
  return manifest;
}

std::expected<Manifest, std::string> read_backup(BackupSource& source, FolderTarget* target,
                                                 const OnCopied& on_copied) {
  std::vector<ManifestFile> found;
  std::optional<std::string> manifest_text;
  while (true) {
    const auto path = source.next();
    if (!path) return std::unexpected(path.error());
    if (!*path) break;
    if (**path == kManifestName && !manifest_text) {
      auto text = read_manifest_text(source);
      if (!text) return std::unexpected(text.error());
      manifest_text = *std::move(text);
      continue;
    }
    if (found.size() == kBackupFilesMax) return std::unexpected("it has too many files for a backup");
    auto file = take_file(**path, source, target, on_copied);
    if (!file) return std::unexpected(file.error());
    found.push_back(*std::move(file));
  }
  if (!manifest_text)
    return std::unexpected("it has no manifest.json: it is not a backup, or not a whole one");
  auto manifest = parse_manifest(*manifest_text);
  if (!manifest) return std::unexpected("manifest.json: " + manifest.error());
  std::ranges::sort(found, {}, &ManifestFile::path);
  if (auto same = compare(found, manifest->files); !same) return std::unexpected(same.error());
  return manifest;
}

}  // namespace porchlight::backup
