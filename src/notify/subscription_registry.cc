#include "notify/subscription_registry.h"

namespace porchlight::notify {

SubscriptionKey subscription_key(const Subscription& subscription) {
  return {subscription.tenant, subscription.app, subscription.user.value_or(Guid{}), subscription.id};
}

// The subscriptions of one owner are adjacent in the order, so only these are visited.
std::optional<QuotaError> SubscriptionRegistry::check_quota(
    const SubscriptionKey& key, const std::function<bool(const Guid& id)>& is_same) const {
  std::size_t own = 0;
  const auto of_app = by_app_.find({key.tenant, key.app});
  if (of_app != by_app_.end()) {
    const auto& members = of_app->second;
    for (auto at = members.lower_bound({key.user, {}}); at != members.end() && at->first == key.user; ++at) {
      if (is_same(at->second)) return QuotaError::kDuplicate;
      ++own;
    }
  }
  if (own >= limits_.per_owner) return QuotaError::kOwnerQuota;
  if (of_app != by_app_.end() && of_app->second.size() >= limits_.per_app) return QuotaError::kAppQuota;
  if (count_ >= limits_.all) return QuotaError::kServerQuota;
  return std::nullopt;
}

void SubscriptionRegistry::add(const SubscriptionKey& key) {
  if (by_app_[{key.tenant, key.app}].emplace(key.user, key.id).second) ++count_;
}

void SubscriptionRegistry::remove(const SubscriptionKey& key) {
  const auto of_app = by_app_.find({key.tenant, key.app});
  if (of_app == by_app_.end() || of_app->second.erase({key.user, key.id}) == 0) return;
  --count_;
  if (of_app->second.empty()) by_app_.erase(of_app);
}

void SubscriptionRegistry::each(const SubscriptionKey& after,
                                const std::function<bool(const SubscriptionKey&)>& visit) const {
  const AppKey first{after.tenant, after.app};
  for (auto of_app = by_app_.lower_bound(first); of_app != by_app_.end(); ++of_app) {
    const auto& [app, members] = *of_app;
    auto at = app == first ? members.upper_bound({after.user, after.id}) : members.begin();
    for (; at != members.end(); ++at)
      if (!visit({app.first, app.second, at->first, at->second})) return;
  }
}

std::size_t SubscriptionRegistry::count_of(const Guid& tenant) const {
  std::size_t count = 0;
  for (auto at = by_app_.lower_bound({tenant, {}}); at != by_app_.end() && at->first.first == tenant; ++at)
    count += at->second.size();
  return count;
}

}  // namespace porchlight::notify
