#include "storage/database_copy.h"

#include <rocksdb/utilities/checkpoint.h>

#include <limits>
#include <memory>
#include <utility>

#include "storage/rocks_options.h"

namespace porchlight::storage {
namespace {

namespace fs = std::filesystem;

// RocksDB's lock. Closing any descriptor of this file would give up the lock that the process holds.
constexpr std::string_view kLockFile = "LOCK";

std::unexpected<std::string> fault(const fs::path& file, std::string_view why) {
  return std::unexpected(file.string() + ": cannot be copied: " + std::string(why));
}

// Tables of RocksDB and snapshots are written once. Others may be changed in place.
bool never_changes(const fs::path& file) { return file.extension() == ".sst" || file.extension() == ".pls"; }

std::error_code link_or_copy(const fs::path& file, const fs::path& to) {
  std::error_code error;
  if (never_changes(file)) {
    fs::create_hard_link(file, to, error);
    if (!error) return error;
  }
  fs::copy_file(file, to, error);
  return error;
}

}  // namespace

// What is in memory is in the write-ahead file too, which is copied up to its present end: nothing is flushed.
CopyResult copy_open_database(rocksdb::DB& database, const fs::path& to) {
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&database, &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  if (status.ok())
    status = checkpoint->CreateCheckpoint(to.string(), std::numeric_limits<std::uint64_t>::max());
  if (!status.ok()) return fault(database.GetName(), status.ToString());
  return {};
}

CopyResult copy_closed_database(const fs::path& folder, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return {};
  const auto lock = DatabaseLock::take(folder);
  if (!lock) return std::unexpected(lock.error());
  return copy_files(folder, to);
}

CopyResult copy_files(const fs::path& folder, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return {};
  if (!fs::create_directory(to, error) && error) return fault(to, error.message());
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& file = entry->path();
    if (file.filename() == kLockFile || !entry->is_regular_file()) continue;
    const std::error_code copied = link_or_copy(file, to / file.filename());
    if (copied && copied != std::errc::no_such_file_or_directory) return fault(file, copied.message());
  }
  if (error) return fault(folder, error.message());
  return {};
}

std::expected<DatabaseLock, std::string> DatabaseLock::take(const fs::path& folder) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile((folder / kLockFile).string(), &lock);
  if (status.ok()) return DatabaseLock(lock);
  if (is_in_use(status)) return std::unexpected(folder.string() + ": in use by another process");
  return std::unexpected(folder.string() + ": cannot be locked: " + status.ToString());
}

DatabaseLock::DatabaseLock(DatabaseLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}

DatabaseLock::~DatabaseLock() {
  if (lock_) rocksdb::Env::Default()->UnlockFile(lock_).PermitUncheckedError();
}

}  // namespace porchlight::storage
