#include "authority/store.h"

namespace porchlight::authority {

OAuthResult<std::optional<std::string>> MemoryAuthorityStore::get(std::string_view key) const {
  if (failing_) return refuse(OAuthFault::kUnavailable);
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

OAuthResult<void> MemoryAuthorityStore::put(std::string_view key, std::string_view value) {
  if (failing_) return refuse(OAuthFault::kUnavailable);
  const std::lock_guard lock(mutex_);
  values_.insert_or_assign(std::string(key), std::string(value));
  return {};
}

OAuthResult<void> MemoryAuthorityStore::remove(std::string_view key) {
  if (failing_) return refuse(OAuthFault::kUnavailable);
  const std::lock_guard lock(mutex_);
  if (const auto found = values_.find(key); found != values_.end()) values_.erase(found);
  return {};
}

OAuthResult<void> MemoryAuthorityStore::for_each(
    std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& look) const {
  if (failing_) return refuse(OAuthFault::kUnavailable);
  const std::lock_guard lock(mutex_);
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
    look(at->first, at->second);
  return {};
}

OAuthResult<std::optional<std::pair<std::string, std::string>>> MemoryAuthorityStore::next(
    std::string_view prefix, std::string_view after) const {
  if (failing_) return refuse(OAuthFault::kUnavailable);
  const std::lock_guard lock(mutex_);
  const auto at = after < prefix ? values_.lower_bound(prefix) : values_.upper_bound(after);
  if (at == values_.end() || !at->first.starts_with(prefix)) return std::nullopt;
  return *at;
}

}  // namespace porchlight::authority
