// A small RocksDB beside the log, of what is kept apart from it: rows under keys, found and changed one by
// one.
//
// A full disk refuses writes; reads go on, and writes are back when there is room. After a write that failed
// RocksDB takes no other, and opening it again is the only sure way on (log/database.h): the next write does
// that, once there is room.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "storage/kv_store.h"

namespace porchlight::storage {

struct SmallDatabaseOptions {
  std::filesystem::path folder;
  std::string_view format;      // what a database says of itself: "scim 1"
  std::size_t memory_bytes;     // what may wait in memory to be put in order
  rocksdb::Env* env = nullptr;  // another disk than the machine's, for tests
};

// Any thread.
class SmallDatabase {
 public:
  // Opens the folder, or makes it. An error is a sentence.
  static std::expected<std::unique_ptr<SmallDatabase>, std::string> open(const SmallDatabaseOptions& options);

  // All of it, or nothing. What fails may all the same be there after the next start.
  StorageResult<void> write(rocksdb::WriteBatch batch, SyncMode sync);
  // The row, if there is one.
  StorageResult<std::optional<std::string>> get(std::string_view key) const;

  // Goes through the rows whose keys begin with `prefix` and come after `after`, in order, as they were when
  // the walk began. While there is one, the database is not opened again.
  class PrefixIterator {
   public:
    PrefixIterator(const SmallDatabase& database, std::string_view prefix, std::string_view after = {});
    bool valid() const;
    void next() { at_->Next(); }
    std::string_view key() const { return at_->key().ToStringView(); }
    std::string_view value() const { return at_->value().ToStringView(); }
    // Whether it ended where the rows do.
    StorageResult<void> status() const;

   private:
    std::shared_ptr<rocksdb::DB> database_;
    std::unique_ptr<rocksdb::Iterator> at_;
    const std::string prefix_;
  };

 private:
  explicit SmallDatabase(const SmallDatabaseOptions& options);
  std::shared_ptr<rocksdb::DB> opened() const;
  rocksdb::Status open_rocks();
  void open_to_read();
  bool has_room() const;
  bool recover();
  void log_state(bool takes_writes, std::string_view why);

  const SmallDatabaseOptions options_;
  const std::uint64_t reserve_bytes_;

  mutable std::mutex mutex_;
  std::shared_ptr<rocksdb::DB> database_;             // guarded by mutex_; null while it can't be opened
  std::chrono::steady_clock::time_point next_try_{};  // guarded by mutex_
  std::atomic<bool> is_broken_ = false;               // a write failed, and it was not opened again since
  std::atomic<bool> takes_writes_ = true;             // as was said last
};

}  // namespace porchlight::storage
