// The RocksDB of the embedded log, which can be closed and opened again while other threads use it.
//
// After a failed write this is the only reliable recovery: RocksDB's Resume() does not start a new write-ahead file
// if the memtable is empty, and stays busy permanently once it has failed (RocksDB issues 11447, 11643, 12998).
// Opening again reads the files, cuts off a torn end, and writes the rest to a table, which is synced: afterwards all
// that can be read is durable.
//
// The same after a failed attempt to make a table of what is in memory: if that has the deletion of a range, RocksDB
// 7.8 aborts at the next attempt (RocksDB pull request 12796).
#pragma once

#include <atomic>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include "log/rocks_open.h"
#include "log/shard_log.h"
#include "storage/database_copy.h"
#include "storage/folder.h"
#include "storage/rocks_usage.h"

namespace porchlight::log {

// May be used from any thread.
class Database {
 public:
  Database(std::unique_ptr<rocksdb::DB> db, const EmbeddedOptions& options)
      : options_(options), db_(std::move(db)) {
    usage_.emplace(*db_);
  }

  // For reads: calls `use(rocksdb::DB&)` and returns its result; Unavailable if the last reopen() failed. Waits during
  // a reopen().
  template <typename Use>
  auto with(Use&& use) -> decltype(use(std::declval<rocksdb::DB&>())) {
    const std::shared_lock lock(mutex_);
    if (!db_) return std::unexpected(Unavailable{"the log is closed: it failed and can't be opened again"});
    return use(*db_);
  }

  // The same for what writes or makes tables. After a failure the database is opened again first, so what the call
  // returns for another reason than the disk should not be an error.
  template <typename Use>
  auto change(Use&& use) -> decltype(use(std::declval<rocksdb::DB&>())) {
    if (has_failed_)
      if (auto reopened = reopen(); !reopened)
        return std::unexpected(Unavailable{std::move(reopened.error())});
    auto result = with(std::forward<Use>(use));
    if (!result) has_failed_ = true;
    return result;
  }

  // Copies the database to a folder (storage/database_copy.h). No write is under way meanwhile, so the copy has no torn
  // one. What is in memory is made a table before, so that the write-ahead files to copy are short.
  storage::CopyResult copy_to(const std::filesystem::path& to) {
    const auto flushed = change([](rocksdb::DB& db) -> std::expected<void, Unavailable> {
      if (const auto status = db.Flush({}); !status.ok())
        return std::unexpected(Unavailable{status.ToString()});
      return {};
    });
    if (!flushed) return std::unexpected("the log cannot be copied: " + flushed.error().why);
    const std::unique_lock lock(mutex_);
    if (!db_) return std::unexpected("the log cannot be copied: it is closed");
    return storage::copy_open_database(*db_, to);
  }

  // Closes the database and opens it again, unless the disk still takes no writes: then it stays open, for reads. May
  // be repeated after a failure. Waits for calls of with().
  std::expected<LogEnds, std::string> reopen() {
    rocksdb::Env* const env = options_.env ? options_.env : rocksdb::Env::Default();
    if (const rocksdb::Status probed = storage::probe_writes(*env, options_.dir); !probed.ok())
      return std::unexpected(probed.ToString());
    const std::unique_lock lock(mutex_);
    usage_.reset();
    db_.reset();
    auto opened = open_rocks(options_);
    if (!opened) return std::unexpected(std::move(opened.error()));
    db_ = std::move(opened->db);
    usage_.emplace(*db_);
    if (!opened->read_only.empty()) return std::unexpected(std::move(opened->read_only));
    has_failed_ = false;
    return std::move(opened->ends);
  }

 private:
  const EmbeddedOptions options_;
  std::shared_mutex mutex_;
  std::unique_ptr<rocksdb::DB> db_;  // guarded by mutex_ (shared); null after a failed reopen()
  std::optional<storage::RocksUsageSource> usage_;  // of db_; changes with it
  std::atomic<bool> has_failed_ = false;            // a change of db_
};

}  // namespace porchlight::log
