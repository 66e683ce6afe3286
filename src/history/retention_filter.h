// What the database may forget, decided while it merges its tables: entries before the edge of what is kept,
// except the newest of each person and part before it, which is still in force at the edge.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <functional>
#include <memory>
#include <string>

#include "base/time.h"

namespace porchlight::history {

// Entries come the newest first (entry.h), so whatever follows the first one before the edge may go.
class RetentionFilter final : public rocksdb::CompactionFilter {
 public:
  explicit RetentionFilter(Time cutoff) : cutoff_(cutoff) {}
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* new_value,
              bool* is_changed) const override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const Time cutoff_;
  mutable std::string newest_kept_;  // of whom and what the newest before the edge was met; one thread calls
};

class RetentionFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  // `edge` is called on the database's threads.
  explicit RetentionFilterFactory(std::function<Time()> cutoff) : cutoff_(std::move(cutoff)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const std::function<Time()> cutoff_;
};

}  // namespace porchlight::history
