// The log of a single node: all shards in one RocksDB, one thread that commits.
//
//     key    'L' | u32 shard | u64 seq      big endian, so that a shard's batches lie in order
//     value  a log message (batch_codec.h)
//     key    'G'                            the last commit: its number and the positions in it (wal_scan.h)
//
// Appends that wait together, of any shards, become durable together: one write, one sync. When a write fails
// its fate is unknown; the engine then takes nothing until the database has been opened again (database.h).
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "log/shard_log.h"

namespace rocksdb {
class Env;
}

namespace porchlight::log {

struct EmbeddedOptions {
  std::string dir;
  std::uint32_t shards = 64;
  // Free space that is left alone, so that what is in memory can always be put in order; a sixteenth of a
  // disk so small that this would be more.
  std::uint64_t reserve_bytes = 16 * 1024 * 1024;
  rocksdb::Env* env = nullptr;  // another disk than the machine's, for tests
};

// What a repair left and what it dropped.
struct RepairResult {
  std::vector<Position> last_whole;  // the end of each shard that has one
  std::vector<Position> dropped;     // batches that were seen behind the damage, or in it
  std::uint64_t bytes_dropped = 0;
};

class EmbeddedEngine {
 public:
  // Opens the folder, or makes it. A torn last write is cut off, with a warning in the log. Anything else
  // that is not as it was written is an error that says where, and what to do; nothing is changed then.
  static std::expected<std::unique_ptr<EmbeddedEngine>, std::string> open(const EmbeddedOptions& options);

  // Keeps all before the first damage and drops all behind it. The folder must not be in use.
  static std::expected<RepairResult, std::string> repair(const EmbeddedOptions& options);

  // Appends under way are finished first.
  ~EmbeddedEngine();

  // The logs belong to the engine.
  ShardLog& shard(std::uint32_t number);
  std::vector<ShardLog*> logs();

 private:
  class Store;
  class Shard;
  explicit EmbeddedEngine(std::unique_ptr<Store> store, std::uint32_t shards);
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace porchlight::log
