// The lock of the backups of a data folder: only one process makes one at a time.
#pragma once

#include <expected>
#include <string>

#include "node/data_folder.h"

namespace porchlight::node {

// Held while a backup of the folder is made. The destructor, or the end of the process, releases it.
class BackupLock {
 public:
  // An error, which is a sentence, if a process holds it, this one included.
  static std::expected<BackupLock, std::string> take(const DataFolder& folder);
  BackupLock(BackupLock&& other) noexcept;
  BackupLock& operator=(BackupLock&&) = delete;
  ~BackupLock();

 private:
  explicit BackupLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace porchlight::node
