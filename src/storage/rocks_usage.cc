#include "storage/rocks_usage.h"

#include <string>
#include <vector>

#include "base/mutex.h"
#include "storage/rocks_counters.h"

namespace porchlight::storage {
namespace {

// The databases that are open. The mutex is held while they are read, so that none ends meanwhile.
struct OpenSources {
  Mutex mutex;
  std::vector<rocksdb::DB*> databases ABSL_GUARDED_BY(mutex);
};
OpenSources& open_sources() {
  static OpenSources sources;
  return sources;
}

// 0 if RocksDB does not have it.
std::uint64_t property(rocksdb::DB& database, const std::string& name) {
  std::uint64_t value = 0;
  return database.GetIntProperty(name, &value) ? value : 0;
}

}  // namespace

RocksUsage rocks_usage(std::size_t database) {
  using Properties = rocksdb::DB::Properties;
  RocksUsage usage;
  OpenSources& sources = open_sources();
  const MutexLock lock(sources.mutex);
  for (rocksdb::DB* const open : sources.databases) {
    if (database_number(open->GetName()) != database) continue;
    usage.pending_compaction_bytes += property(*open, Properties::kEstimatePendingCompactionBytes);
    usage.block_cache_bytes += property(*open, Properties::kBlockCacheUsage);
    usage.is_stalled = usage.is_stalled || property(*open, Properties::kIsWriteStopped) != 0 ||
                       property(*open, Properties::kActualDelayedWriteRate) != 0;
  }
  return usage;
}

RocksUsageSource::RocksUsageSource(rocksdb::DB& database) : database_(database) {
  OpenSources& sources = open_sources();
  const MutexLock lock(sources.mutex);
  sources.databases.push_back(&database_);
}

RocksUsageSource::~RocksUsageSource() {
  OpenSources& sources = open_sources();
  const MutexLock lock(sources.mutex);
  std::erase(sources.databases, &database_);
}

}  // namespace porchlight::storage
