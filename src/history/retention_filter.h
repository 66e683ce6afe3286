// Deletes old entries while RocksDB merges its tables: entries before the beginning of the retention (the cutoff),
// except the newest one of each user and column, which is still in force at the cutoff; and numbered changes before
// it.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <functional>
#include <memory>
#include <string>

#include "base/time.h"

namespace porchlight::history {

// Keys order the newest entry of a user and column first (entry.h): the first entry before the cutoff is kept, the
// ones that follow it are deleted. One filter serves one merge and one thread.
class RetentionFilter final : public rocksdb::CompactionFilter {
 public:
  explicit RetentionFilter(Time cutoff) : cutoff_(cutoff) {}
  // True deletes the entry.
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* new_value,
              bool* is_changed) const override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const Time cutoff_;
  mutable std::string newest_kept_;  // user and column whose newest entry before the cutoff was seen
};

class RetentionFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  // `cutoff` is called on the threads of RocksDB.
  explicit RetentionFilterFactory(std::function<Time()> cutoff) : cutoff_(std::move(cutoff)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const std::function<Time()> cutoff_;
};

}  // namespace porchlight::history
