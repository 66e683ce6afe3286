// Copies of a database for a backup. Tables never change, so where the file system allows it a copy has a second name
// of each instead of its bytes: it takes milliseconds, and no space until the original merges its tables.
#pragma once

#include <rocksdb/db.h>

#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::storage {

// The result of making a copy. The error is a sentence for the operator.
using CopyResult = std::expected<void, std::string>;

// Copies an open database to the folder `to`, which must not exist: all that was written before the call, and of each
// later write all or nothing. Any thread.
CopyResult copy_open_database(rocksdb::DB& database, const std::filesystem::path& to);

// Copies a database that no process has open; it stays locked meanwhile. Nothing happens if the folder does not exist.
// An error if a process, also this one, has it open.
CopyResult copy_closed_database(const std::filesystem::path& folder, const std::filesystem::path& to);

// Copies the regular files of a folder, apart from the lock of a database, to the folder `to`, which is created.
// Nothing happens if the folder does not exist. A file that is removed meanwhile is left out.
CopyResult copy_files(const std::filesystem::path& folder, const std::filesystem::path& to);

// Keeps other processes from opening the database of a folder.
class DatabaseLock {
 public:
  // An error if a process, also this one, has it open.
  static std::expected<DatabaseLock, std::string> take(const std::filesystem::path& folder);
  DatabaseLock(DatabaseLock&& other) noexcept;
  DatabaseLock& operator=(DatabaseLock&&) = delete;
  ~DatabaseLock();

 private:
  explicit DatabaseLock(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_;  // null if it was moved from
};

}  // namespace porchlight::storage
