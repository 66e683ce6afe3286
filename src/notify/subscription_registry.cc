#include "notify/subscription_registry.h"

#include "base/check.h"

namespace porchlight::notify {

SubscriptionKey subscription_key(const Subscription& subscription) {
  return {subscription.tenant, subscription.app, subscription.user.value_or(Guid{}), subscription.id};
}

// The keys of one owner are adjacent in the order, so only these are visited.
std::optional<QuotaError> SubscriptionRegistry::check_quota(
    const SubscriptionKey& key, const std::function<bool(const Guid& id)>& is_same) const {
  std::size_t own = 0;
  for (auto at = keys_.lower_bound({key.tenant, key.app, key.user, {}});
       at != keys_.end() && at->tenant == key.tenant && at->app == key.app && at->user == key.user; ++at) {
    if (is_same(at->id)) return QuotaError::kDuplicate;
    ++own;
  }
  if (own >= limits_.per_owner) return QuotaError::kOwnerQuota;
  const auto of_app = by_app_.find({key.tenant, key.app});
  if (of_app != by_app_.end() && of_app->second >= limits_.per_app) return QuotaError::kAppQuota;
  if (keys_.size() >= limits_.all) return QuotaError::kServerQuota;
  return std::nullopt;
}

void SubscriptionRegistry::add(const SubscriptionKey& key) {
  if (keys_.insert(key).second) ++by_app_[{key.tenant, key.app}];
}

void SubscriptionRegistry::remove(const SubscriptionKey& key) {
  if (keys_.erase(key) == 0) return;
  const auto of_app = by_app_.find({key.tenant, key.app});
  CHECK(of_app != by_app_.end());
  if (--of_app->second == 0) by_app_.erase(of_app);
}

void SubscriptionRegistry::each(const SubscriptionKey& after,
                                const std::function<bool(const SubscriptionKey&)>& visit) const {
  for (auto at = keys_.upper_bound(after); at != keys_.end() && visit(*at); ++at) {
  }
}

}  // namespace porchlight::notify
