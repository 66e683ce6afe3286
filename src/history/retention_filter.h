// Forgets while RocksDB merges its tables: deletes entries before the beginning of the retention (the cutoff), except
// the newest one of each user and column, which is still in force at the cutoff; removes from that one what had expired
// by the cutoff (presence::settled()); and deletes the changes that the change marks have given up.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <functional>
#include <memory>
#include <string>

#include "base/time.h"
#include "history/timeline.h"
#include "presence/policy.h"

namespace porchlight::history {

// What may be forgotten.
struct Cutoffs {
  Time entries = Time::min();
  Positions changes{};  // those of these batches and before
  presence::Policy policy = presence::kDocumentedPolicy;
};

// Keys order the newest entry of a user and column first (entry.h): the first entry before the cutoff is kept, the
// ones that follow it are deleted. One filter serves one merge and one thread.
class RetentionFilter final : public rocksdb::CompactionFilter {
 public:
  // `is_full`: the merge has all tables, and so all older entries of each user.
  RetentionFilter(const Cutoffs& cutoffs, bool is_full) : cutoffs_(cutoffs), is_full_(is_full) {}
  // True deletes the entry.
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* new_value,
              bool* is_changed) const override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const Cutoffs cutoffs_;
  const bool is_full_;
  mutable std::string newest_kept_;  // user and column whose newest entry before the cutoff was seen
};

class RetentionFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  // `cutoffs` is called on the threads of RocksDB.
  explicit RetentionFilterFactory(std::function<Cutoffs()> cutoffs) : cutoffs_(std::move(cutoffs)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const std::function<Cutoffs()> cutoffs_;
};

}  // namespace porchlight::history
