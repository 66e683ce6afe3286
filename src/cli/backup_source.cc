#include "cli/backup_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <numeric>

#include "base/time_text.h"
#include "cli/copy_progress.h"

namespace porchlight::cli {
namespace {

// An archive in a file, which stays open as long as its source.
class FileSource final : public backup::BackupSource {
 public:
  explicit FileSource(int fd) : fd_(fd), tar_(fd) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(fd_); }
  backup::SourceResult<std::optional<std::string>> next() override { return tar_.next(); }
  backup::SourceResult<std::string_view> read() override { return tar_.read(); }

 private:
  const int fd_;
  backup::TarSource tar_;
};

}  // namespace

std::expected<std::unique_ptr<backup::BackupSource>, std::string> open_backup(
    const std::filesystem::path& path) {
  if (path == "-") return std::make_unique<backup::TarSource>(STDIN_FILENO);
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return backup::FolderSource::open(path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(path.string() + ": " + std::strerror(errno));
  return std::make_unique<FileSource>(fd);
}

std::string name_of(const std::filesystem::path& path) { return path == "-" ? "stdin" : path.string(); }

void print_backup(const backup::Manifest& manifest, std::uint64_t bytes) {
  std::string time;
  append_date_time_seconds(time, manifest.time);
  const std::uint64_t batches =
      std::accumulate(manifest.positions.begin(), manifest.positions.end(), std::uint64_t{0});
  fmt::print("a whole backup of {}Z by version {}: {} files, {}, {} batches of the log{}\n", time,
             manifest.version, manifest.files.size(), megabytes(bytes), batches,
             manifest.has_keys ? "" : ", without keys");
}

}  // namespace porchlight::cli
