// The log of a single server: all shards in one RocksDB, one thread that commits (docs/log_format.md).
//
//     key    'L' | u32 shard | u64 seq      big endian, so that the batches of a shard are in order
//     value  a log message (batch_codec.h)
//     key    'G'
//     value  the marker of the last commit: its number and positions (wal_scan.h)
//
// Appends that wait at the same time, of any shards, become durable together: one write, one sync. If a write fails its
// outcome is unknown; the engine then refuses writes until the database is opened again (database.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "log/shard_log.h"

namespace rocksdb {
class Env;
}

namespace porchlight::log {

struct CommitCounters;

struct EmbeddedOptions {
  std::string dir;
  std::uint32_t shards = 64;
  // Free disk space that appends leave, so that RocksDB can always flush its memory. On a small disk, a sixteenth of
  // the disk.
  std::uint64_t reserve_bytes = 16 * 1024 * 1024;
  rocksdb::Env* env = nullptr;  // file system of tests; null: the operating system's
};

// The result of a repair.
struct RepairResult {
  std::vector<Position> last_whole;  // the last batch of each shard that is not empty
  std::vector<Position> dropped;     // batches known to have been in or behind the damage
  std::uint64_t bytes_dropped = 0;
};

// The database and the logs of its shards.
class EmbeddedEngine {
 public:
  // Opens the folder, which is created if missing. A torn last write is cut off, with a warning in the server's log.
  // If the disk takes no writes, the log can be read, and appends are refused until it does. Damage, and a log that
  // another process has open, are errors that say where and what to do; then nothing is changed.
  static std::expected<std::unique_ptr<EmbeddedEngine>, std::string> open(const EmbeddedOptions& options);

  // Keeps all batches before the first damage and drops all others. The folder must not be in use.
  static std::expected<RepairResult, std::string> repair(const EmbeddedOptions& options);

  // Removes trimmed batches from the disk: empties the write-ahead files, and merges the tables that had them. Waits
  // for the disk, and ends early with an error once `canceled` is set. RocksDB would do it when more is written.
  std::expected<void, Unavailable> erase_trimmed(std::atomic<bool>& canceled);

  // Copies the log to the folder `to`, which must not exist: all batches that are durable at the call. Appends wait for
  // some milliseconds. The error is a sentence. Any thread.
  std::expected<void, std::string> copy_to(const std::filesystem::path& to);
  // The number of the last batch of each shard in a folder that no process has open; nothing is changed. All are 0 if
  // the folder has no log. An error, which says where, if the log is damaged.
  static std::expected<std::vector<std::uint64_t>, std::string> read_positions(
      const EmbeddedOptions& options);

  // Finishes the appends under way.
  ~EmbeddedEngine();

  const CommitCounters& counters() const;

  // The logs are owned by the engine.
  ShardLog& shard(std::uint32_t number);
  std::vector<ShardLog*> logs();

 private:
  class Store;
  class Shard;
  explicit EmbeddedEngine(std::unique_ptr<Store> store, std::uint32_t shards);
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::uint64_t>
      erased_;  // by shard: the first batch at the last erase_trimmed(); used by its thread
};

}  // namespace porchlight::log
