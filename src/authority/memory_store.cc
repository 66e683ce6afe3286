#include "authority/store.h"

namespace porchlight::authority {

Result<std::optional<std::string>> MemoryStore::get(std::string_view key) const {
  if (failing_) return refuse(Fault::kUnavailable);
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<void> MemoryStore::put(std::string_view key, std::string_view value) {
  if (failing_) return refuse(Fault::kUnavailable);
  const std::lock_guard lock(mutex_);
  values_.insert_or_assign(std::string(key), std::string(value));
  return {};
}

Result<void> MemoryStore::remove(std::string_view key) {
  if (failing_) return refuse(Fault::kUnavailable);
  const std::lock_guard lock(mutex_);
  if (const auto found = values_.find(key); found != values_.end()) values_.erase(found);
  return {};
}

Result<void> MemoryStore::each(std::string_view prefix,
                               const std::function<void(std::string_view, std::string_view)>& look) const {
  if (failing_) return refuse(Fault::kUnavailable);
  const std::lock_guard lock(mutex_);
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
    look(at->first, at->second);
  return {};
}

Result<std::optional<std::pair<std::string, std::string>>> MemoryStore::next(std::string_view prefix,
                                                                             std::string_view after) const {
  if (failing_) return refuse(Fault::kUnavailable);
  const std::lock_guard lock(mutex_);
  const auto at = after < prefix ? values_.lower_bound(prefix) : values_.upper_bound(after);
  if (at == values_.end() || !at->first.starts_with(prefix)) return std::nullopt;
  return *at;
}

}  // namespace porchlight::authority
