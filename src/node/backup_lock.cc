#include "node/backup_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace porchlight::node {

std::expected<BackupLock, std::string> BackupLock::take(const DataFolder& folder) {
  const int fd = ::open(folder.root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return BackupLock(fd);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (error == EWOULDBLOCK) return std::unexpected("another backup of this data folder is being made");
  return std::unexpected(folder.root().string() + ": cannot be locked: " + std::strerror(error));
}

BackupLock::BackupLock(BackupLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

BackupLock::~BackupLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace porchlight::node
