#include "storage/rocks_counters.h"

#include <algorithm>
#include <filesystem>

namespace porchlight::storage {
namespace {

constinit std::array<RocksCounters, kDatabases.size()> all_counters;

class CountingListener final : public rocksdb::EventListener {
 public:
  explicit CountingListener(RocksCounters& counters) : counters_(counters) {}
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { counters_.flushes.add(); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) override {
    counters_.compactions.add();
    counters_.compaction_us.add(job.stats.elapsed_micros);
  }
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    if (info.condition.cur != rocksdb::WriteStallCondition::kNormal) counters_.stalls.add();
  }

 private:
  RocksCounters& counters_;
};

}  // namespace

const RocksCounters& rocks_counters(std::size_t database) { return all_counters.at(database); }

std::size_t database_number(const std::string& folder) {
  const std::string name = std::filesystem::path(folder).filename().string();
  const auto place = std::ranges::find(kDatabases, name);
  return std::min(static_cast<std::size_t>(place - kDatabases.begin()), kDatabases.size() - 1);
}

std::shared_ptr<rocksdb::EventListener> make_counting_listener(const std::string& folder) {
  return std::make_shared<CountingListener>(all_counters[database_number(folder)]);
}

}  // namespace porchlight::storage
