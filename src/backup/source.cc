#include "backup/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "backup/manifest.h"
#include "base/check.h"

namespace porchlight::backup {
namespace {

namespace fs = std::filesystem;

// Small: `porchlight backup` pauses after each part, and what it hashes without a pause holds up a server's requests.
constexpr std::size_t kBufferBytes = 32 * 1024;

std::unexpected<std::string> fault(const fs::path& file, std::string_view why) {
  return std::unexpected(file.string() + ": " + std::string(why));
}

archive* new_tar_reader() {
  archive* const reader = archive_read_new();
  CHECK(reader != nullptr);
  archive_read_support_format_tar(reader);
  return reader;
}

}  // namespace

FolderSource::FolderSource(fs::path folder) : folder_(std::move(folder)), buffer_(kBufferBytes) {}

FolderSource::~FolderSource() {
  if (fd_ >= 0) ::close(fd_);
}

SourceResult<std::unique_ptr<FolderSource>> FolderSource::open(const fs::path& folder) {
  std::unique_ptr<FolderSource> source(new FolderSource(folder));
  if (const auto listed = source->list(""); !listed) return std::unexpected(listed.error());
  std::ranges::sort(source->paths_, std::greater());
  return source;
}

// Adds the files of a folder within the folder, or of the folder itself if the prefix is empty.
SourceResult<void> FolderSource::list(const std::string& prefix) {
  std::error_code error;
  for (fs::directory_iterator entry(folder_ / prefix, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = prefix + entry->path().filename().string();
    const fs::file_type type = entry->symlink_status(error).type();
    if (error) break;
    if (type == fs::file_type::directory && prefix.empty()) {
      if (auto listed = list(path + "/"); !listed) return listed;
    } else if (type != fs::file_type::regular) {
      return fault(folder_ / path, "is not a regular file, so this is not a backup");
    } else if (paths_.size() > kBackupFilesMax) {
      return fault(folder_, "has too many files for a backup");
    } else {
      paths_.push_back(path);
    }
  }
  if (error) return fault(folder_ / prefix, "cannot be read: " + error.message());
  return {};
}

SourceResult<std::optional<std::string>> FolderSource::next() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (paths_.empty()) return std::nullopt;
  std::string path = std::move(paths_.back());
  paths_.pop_back();
  file_ = folder_ / path;
  fd_ = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd_ < 0) return fault(file_, std::string("cannot be opened: ") + std::strerror(errno));
  return path;
}

SourceResult<std::string_view> FolderSource::read() {
  while (true) {
    const ssize_t count = ::read(fd_, buffer_.data(), buffer_.size());
    if (count >= 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(count));
    if (errno != EINTR) return fault(file_, std::string("cannot be read: ") + std::strerror(errno));
  }
}

TarSource::TarSource(int fd) : archive_(new_tar_reader()) {
  archive_read_open_fd(archive_, fd, kBufferBytes);
}

TarSource::TarSource(std::string_view bytes) : archive_(new_tar_reader()) {
  archive_read_open_memory(archive_, bytes.data(), bytes.size());
}

TarSource::~TarSource() { archive_read_free(archive_); }

std::unexpected<std::string> TarSource::fault() const {
  const char* const text = archive_error_string(archive_);
  return std::unexpected("the archive is not a tar archive, or is damaged or cut off: " +
                         std::string(text ? text : "no more is known"));
}

SourceResult<std::optional<std::string>> TarSource::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(archive_, &entry);
  if (result == ARCHIVE_EOF) return std::nullopt;
  if (result != ARCHIVE_OK) return fault();
  const char* const path = archive_entry_pathname(entry);
  if (!path) return std::unexpected("the archive has an entry without a name");
  const bool is_plain = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
                        !archive_entry_symlink(entry) && archive_entry_sparse_reset(entry) == 0;
  if (!is_plain) return std::unexpected("the archive has an entry that is not a plain file");
  at_ = 0;
  return path;
}

// A hole in a file would show in the offset of what follows it.
SourceResult<std::string_view> TarSource::read() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(archive_, &bytes, &size, &offset);
  if (result == ARCHIVE_EOF) return std::string_view();
  if (result != ARCHIVE_OK) return fault();
  if (offset != at_) return std::unexpected("the archive has a sparse file");
  at_ += static_cast<std::int64_t>(size);
  return std::string_view(static_cast<const char*>(bytes), size);
}

}  // namespace porchlight::backup
