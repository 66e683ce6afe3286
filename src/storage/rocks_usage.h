// What open databases of the data folder use and wait for, for metrics, by the names of their folders.
#pragma once

#include <rocksdb/db.h>

#include <cstddef>
#include <cstdint>

namespace porchlight::storage {

struct RocksUsage {
  std::uint64_t pending_compaction_bytes = 0;  // that merges have yet to rewrite, as RocksDB estimates it
  std::uint64_t block_cache_bytes = 0;         // memory of blocks that were read
  bool is_stalled = false;                     // writes are slowed or stopped until merges catch up
};
// Of all open databases with the name at that place in kDatabases (rocks_counters.h), together. Any thread. Waits for
// RocksDB's mutex, not for the disk.
RocksUsage rocks_usage(std::size_t database);

// While it lives, rocks_usage() reads the database. It must end before the database does.
class RocksUsageSource {
 public:
  explicit RocksUsageSource(rocksdb::DB& database);
  ~RocksUsageSource();
  RocksUsageSource(const RocksUsageSource&) = delete;
  RocksUsageSource& operator=(const RocksUsageSource&) = delete;

 private:
  rocksdb::DB& database_;
};

}  // namespace porchlight::storage
