#include "backup/target.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "base/durable_file.h"

namespace porchlight::backup {
namespace {

namespace fs = std::filesystem;

// Written bytes are synced in parts of this size. A sync of everything at the end would hold up those of a server on
// the same disk.
constexpr std::uint64_t kBytesPerSync = 8 * 1024 * 1024;

std::unexpected<std::string> system_fault(const fs::path& file, int error) {
  return std::unexpected(file.string() + ": " + std::strerror(error));
}

Status sync_folder(const fs::path& folder) {
  if (const auto synced = FileSystem::system().sync_folder(folder); !synced)
    return std::unexpected(folder.string() + ": " + text_of(synced.error()));
  return {};
}

fs::path parent_of(const fs::path& folder) { return folder.has_parent_path() ? folder.parent_path() : "."; }

}  // namespace

std::expected<std::unique_ptr<FolderTarget>, std::string> FolderTarget::create(const fs::path& folder) {
  fs::path name = folder.lexically_normal();
  if (!name.has_filename()) name = name.parent_path();  // "backups/monday/"
  struct stat status;
  if (::lstat(name.c_str(), &status) == 0) return std::unexpected(name.string() + ": exists already");
  const fs::path partial = name.string() + ".partial";
  if (::mkdir(partial.c_str(), 0700) == 0)
    return std::unique_ptr<FolderTarget>(new FolderTarget(std::move(name), partial));
  if (errno == EEXIST)
    return std::unexpected(partial.string() + ": exists already; an interrupted run left it: remove it");
  return system_fault(partial, errno);
}

FolderTarget::~FolderTarget() {
  if (fd_ >= 0) ::close(fd_);
  std::error_code ignored;
  if (!is_finished_) fs::remove_all(partial_, ignored);
}

std::unexpected<std::string> FolderTarget::fault(const fs::path& file) const {
  return system_fault(file, errno);
}

Status FolderTarget::begin_file(const std::string& path, std::uint64_t) {
  CHECK(fd_ < 0);
  file_ = partial_ / path;
  const fs::path folder = file_.parent_path();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fault(folder);
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) return fault(file_);
  return {};
}

Status FolderTarget::write(std::string_view bytes) {
  unsynced_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fault(file_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (unsynced_bytes_ < kBytesPerSync) return {};
  unsynced_bytes_ = 0;
  return ::fdatasync(fd_) == 0 ? Status() : fault(file_);
}

Status FolderTarget::end_file() {
  Status synced;
  if (::fsync(fd_) != 0) synced = fault(file_);
  ::close(fd_);
  fd_ = -1;
  return synced;
}

// RENAME_NOREPLACE: another process may have made the folder meanwhile.
Status FolderTarget::finish() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(partial_, error)) {
    if (!entry.is_directory()) continue;
    if (auto synced = sync_folder(entry.path()); !synced) return synced;
  }
  if (error) return std::unexpected(partial_.string() + ": " + error.message());
  if (auto synced = sync_folder(partial_); !synced) return synced;
  if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, folder_.c_str(), RENAME_NOREPLACE) != 0)
    return fault(folder_);
  is_finished_ = true;
  return sync_folder(parent_of(folder_));
}

TarTarget::TarTarget(int fd) : archive_(archive_write_new()) {
  CHECK(archive_ != nullptr);
  archive_write_set_format_pax_restricted(archive_);
  archive_write_set_bytes_in_last_block(archive_, 1);
  archive_write_open_fd(archive_, fd);
}

TarTarget::~TarTarget() { archive_write_free(archive_); }

Status TarTarget::check(int result) {
  if (result >= ARCHIVE_OK) return {};
  const char* const text = archive_error_string(archive_);
  const int error = archive_errno(archive_);
  return std::unexpected("cannot write the archive: " +
                         std::string(text ? text : std::strerror(error > 0 ? error : EIO)));
}

Status TarTarget::begin_file(const std::string& path, std::uint64_t bytes) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  return check(archive_write_header(archive_, entry.get()));
}

Status TarTarget::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(archive_, bytes.data(), bytes.size());
    if (written <= 0) return check(ARCHIVE_FATAL);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status TarTarget::end_file() { return check(archive_write_finish_entry(archive_)); }

Status TarTarget::finish() { return check(archive_write_close(archive_)); }

}  // namespace porchlight::backup
