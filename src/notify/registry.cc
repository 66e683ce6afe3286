#include "notify/registry.h"

namespace porchlight::notify {

Place place_of(const Subscription& subscription) {
  return {subscription.tenant, subscription.app, subscription.user.value_or(Guid{}), subscription.id};
}

std::optional<Denial> Registry::deny(const Place& place,
                                     const std::function<bool(const Guid& id)>& is_same) const {
  std::size_t own = 0;
  for (auto at = places_.lower_bound({place.tenant, place.app, place.user, {}});
       at != places_.end() && at->tenant == place.tenant && at->app == place.app && at->user == place.user;
       ++at) {
    if (is_same(at->id)) return Denial::kSame;
    ++own;
  }
  if (own >= limits_.per_owner) return Denial::kSecond;
  const auto of_app = by_app_.find({place.tenant, place.app});
  if (of_app != by_app_.end() && of_app->second >= limits_.per_app) return Denial::kAppQuota;
  if (places_.size() >= limits_.all) return Denial::kServerQuota;
  return std::nullopt;
}

void Registry::take(const Place& place) {
  if (places_.insert(place).second) ++by_app_[{place.tenant, place.app}];
}

void Registry::leave(const Place& place) {
  if (places_.erase(place) == 0) return;
  const auto of_app = by_app_.find({place.tenant, place.app});
  if (--of_app->second == 0) by_app_.erase(of_app);
}

void Registry::each(const Place& after, const std::function<bool(const Place&)>& look) const {
  for (auto at = places_.upper_bound(after); at != places_.end() && look(*at); ++at) {
  }
}

}  // namespace porchlight::notify
