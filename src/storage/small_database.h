// A small RocksDB database beside the log, for rows that are read and changed one by one: credentials, SCIM,
// subscriptions.
//
// While the disk is full or fails, writes fail and reads succeed. RocksDB refuses all writes after one has failed; the
// only reliable remedy is to reopen the database (log/database.h), which a later write does once the disk takes writes.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "storage/database_copy.h"
#include "storage/kv_store.h"

namespace porchlight::storage {

struct SmallDatabaseOptions {
  std::filesystem::path folder;
  std::string_view format;      // name and version of the rows, stored in the database: "scim 1"
  std::size_t memory_bytes;     // size of RocksDB's write buffer
  rocksdb::Env* env = nullptr;  // the file system; null: that of the machine. For tests
};

// Any thread.
class SmallDatabase {
 public:
  // Opens the database in the folder, or creates it. If the disk takes no writes it is opened for reads, and is empty
  // if it does not exist; that is logged. The error is a sentence for the operator: another process has it open, its
  // format differs, or it cannot be read.
  static std::expected<std::unique_ptr<SmallDatabase>, std::string> open(const SmallDatabaseOptions& options);

  // Writes the whole batch or nothing. A batch whose write failed may nevertheless be there after a restart.
  StorageResult<void> write(rocksdb::WriteBatch batch, SyncMode sync);
  // Returns nullopt if the key does not exist.
  StorageResult<std::optional<std::string>> get(std::string_view key) const;

  // Copies the database to the folder `to` (database_copy.h). Nothing happens if it does not exist.
  CopyResult copy_to(const std::filesystem::path& to) const;

  // Iterates over the rows whose keys begin with `prefix` and are greater than `after`, in order, in a snapshot of the
  // moment of construction. An iterator holds the database open: it cannot be reopened before the iterator's end.
  class PrefixIterator {
   public:
    PrefixIterator(const SmallDatabase& database, std::string_view prefix, std::string_view after = {});
    bool valid() const;
    // These need valid(). The views are valid until next().
    void next() { at_->Next(); }
    std::string_view key() const { return at_->key().ToStringView(); }
    std::string_view value() const { return at_->value().ToStringView(); }
    // Returns a fault if the iteration ended early because of an error.
    StorageResult<void> status() const;

   private:
    std::shared_ptr<rocksdb::DB> database_;  // null while the database cannot be opened or does not exist
    std::unique_ptr<rocksdb::Iterator> at_;
    const std::string prefix_;
    const bool is_absent_;
  };

 private:
  explicit SmallDatabase(const SmallDatabaseOptions& options);
  std::shared_ptr<rocksdb::DB> opened() const;
  std::shared_ptr<rocksdb::DB> opened_to_read() const;
  rocksdb::Status open_rocks() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::Status open_to_read() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::Status check_format(rocksdb::DB& database, bool may_write) const;
  rocksdb::Env& env() const;
  bool has_room() const;
  bool recover() const;
  void log_state(bool takes_writes, std::string_view why);

  const SmallDatabaseOptions options_;
  const std::uint64_t reserve_bytes_;  // free space that writes leave

  // Reads may open the database again as well: `mutable`.
  mutable Mutex mutex_;
  mutable std::shared_ptr<rocksdb::DB> database_ ABSL_GUARDED_BY(mutex_);  // null while it cannot be opened
  mutable std::chrono::steady_clock::time_point next_try_ ABSL_GUARDED_BY(mutex_){};
  mutable std::atomic<bool> is_broken_ =
      false;  // opened for reads, or a write has failed since it was opened
  mutable std::atomic<bool> is_absent_ =
      false;  // it does not exist and could not be created yet: reads find no rows
  std::atomic<bool> takes_writes_ = true;  // the state that was logged last
};

}  // namespace porchlight::storage
