#include "scim/store.h"

namespace porchlight::scim {

ScimResult<std::optional<std::string>> MemoryScimStore::get(std::string_view key) const {
  if (failing_) return unavailable();
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

ScimResult<void> MemoryScimStore::write(const StoreMutations& mutations, Durability) {
  if (failing_) return unavailable();
  const std::lock_guard lock(mutex_);
  for (const auto& [key, value] : mutations) {
    if (value) {
      values_.insert_or_assign(key, *value);
    } else {
      values_.erase(key);
    }
  }
  return {};
}

ScimResult<void> MemoryScimStore::for_each(
    std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& look) const {
  if (failing_) return unavailable();
  std::map<std::string, std::string, std::less<>> then;
  {
    const std::lock_guard lock(mutex_);
    then = values_;
  }
  for (auto at = then.lower_bound(prefix); at != then.end() && at->first.starts_with(prefix); ++at)
    if (!look(at->first, at->second)) break;
  return {};
}

}  // namespace porchlight::scim
