#include "state/snapshot_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace porchlight::state {
namespace {

std::errc last_error() { return static_cast<std::errc>(errno); }

}  // namespace

SnapshotFile::SnapshotFile(const std::filesystem::path& path)
    : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status;
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    error_ = last_error();
    return;
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  // The whole file is about to be read. Only a hint: a failure changes nothing.
  (void)::posix_fadvise(fd_, 0, 0, POSIX_FADV_WILLNEED);
}

SnapshotFile::~SnapshotFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::expected<std::string_view, std::errc> SnapshotFile::read(std::uint64_t offset, std::size_t count,
                                                              std::string& storage) const {
  if (error_ != std::errc{}) return std::unexpected(error_);
  storage.resize(count);
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::pread(fd_, storage.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(last_error());
    if (got == 0) return std::unexpected(std::errc::io_error);
    done += static_cast<std::size_t>(got);
  }
  return storage;
}

}  // namespace porchlight::state
