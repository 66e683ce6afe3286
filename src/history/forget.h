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
class Forget final : public rocksdb::CompactionFilter {
 public:
  explicit Forget(Time edge) : edge_(edge) {}
  bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* new_value,
              bool* is_changed) const override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const Time edge_;
  mutable std::string in_force_;  // of whom and what the newest before the edge was met; one thread calls
};

class ForgetFactory final : public rocksdb::CompactionFilterFactory {
 public:
  // `edge` is called on the database's threads.
  explicit ForgetFactory(std::function<Time()> edge) : edge_(std::move(edge)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "porchlight.history.forget"; }

 private:
  const std::function<Time()> edge_;
};

}  // namespace porchlight::history
