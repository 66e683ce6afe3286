// A key-value store in memory, for tests, fuzz targets and benchmarks. Can be made to fail.
#pragma once

#include <atomic>
#include <map>

#include "base/mutex.h"
#include "storage/kv_store.h"

namespace porchlight::storage {

class MemoryKvStore final : public KvStore {
 public:
  StorageResult<std::optional<std::string>> get(std::string_view key) const override {
    if (failing_) return std::unexpected(StorageFault{});
    const MutexLock lock(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

  StorageResult<void> write(const KvBatch& batch, SyncMode) override {
    if (failing_) return std::unexpected(StorageFault{});
    const MutexLock lock(mutex_);
    for (const auto& [key, value] : batch) {
      if (value) {
        rows_.insert_or_assign(key, *value);
      } else {
        rows_.erase(key);
      }
    }
    return {};
  }

  StorageResult<void> for_each(
      std::string_view prefix,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    if (failing_) return std::unexpected(StorageFault{});
    for (const auto& [key, value] : rows_from(prefix))
      if (!visit(key, value)) break;
    return {};
  }

  StorageResult<std::optional<KvRow>> next(std::string_view prefix, std::string_view after) const override {
    if (failing_) return std::unexpected(StorageFault{});
    const MutexLock lock(mutex_);
    const auto at = after < prefix ? rows_.lower_bound(prefix) : rows_.upper_bound(after);
    if (at == rows_.end() || !at->first.starts_with(prefix)) return std::nullopt;
    return KvRow{at->first, at->second};
  }

  std::expected<void, std::string> copy_to(const std::filesystem::path&) const override {
    return std::unexpected("a store in memory has no files");
  }

  // From now on every call fails, or none does.
  void fail(bool failing) { failing_ = failing; }

 private:
  std::vector<std::pair<std::string, std::string>> rows_from(std::string_view prefix) const {
    const MutexLock lock(mutex_);
    const auto begin = rows_.lower_bound(prefix);
    auto end = begin;
    while (end != rows_.end() && end->first.starts_with(prefix)) ++end;
    return {begin, end};
  }

  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> failing_ = false;
};

}  // namespace porchlight::storage
