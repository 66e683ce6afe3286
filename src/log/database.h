// The RocksDB of the embedded log, which can be closed and opened again under its readers.
//
// After a failed write that is the only sure way on: RocksDB's own Resume() does not begin a new write-ahead
// file where nothing was in memory, and is busy for ever once it failed (issues 11447, 11643, 12998 there).
// Opening again reads what is on the disk, cuts off what is torn, and puts the rest into a table that is
// synced: whatever is then there is durable, whatever is not is gone.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "log/rocks_open.h"
#include "log/shard_log.h"

namespace porchlight::log {

class Database {
 public:
  Database(std::unique_ptr<rocksdb::DB> db, const EmbeddedOptions& options)
      : options_(options), db_(std::move(db)) {}

  // Calls `use` with the database; Unavailable while it could not be opened again.
  template <typename Use>
  auto with(Use&& use) -> decltype(use(std::declval<rocksdb::DB&>())) {
    const std::shared_lock lock(mutex_);
    if (!db_)
      return std::unexpected(Unavailable{"the log is closed, since it failed and can't be opened again"});
    return use(*db_);
  }

  // Closes and opens again; may be tried any number of times.
  std::expected<LogEnds, std::string> reopen() {
    const std::unique_lock lock(mutex_);
    db_.reset();
    auto opened = open_rocks(options_);
    if (!opened) return std::unexpected(std::move(opened.error()));
    db_ = std::move(opened->db);
    return std::move(opened->ends);
  }

 private:
  const EmbeddedOptions options_;
  std::shared_mutex mutex_;
  std::unique_ptr<rocksdb::DB> db_;  // guarded by mutex_
};

}  // namespace porchlight::log
