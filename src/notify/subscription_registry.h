// An index of all subscriptions by owner, for quotas and for the order of lists.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/guid.h"
#include "notify/subscription.h"

namespace porchlight::notify {

// Limits on the number of subscriptions.
struct SubscriptionLimits {
  std::size_t all = 2'000'000;
  std::size_t per_app = 10'000;  // of one application in one tenant
  std::size_t per_owner = 1;     // of one application for one user (spec notifications §3.6)
};

// Why no further subscription is accepted.
enum class QuotaError : std::uint8_t {
  kDuplicate,    // the owner has a subscription to the same resource
  kOwnerQuota,   // SubscriptionLimits::per_owner
  kAppQuota,     // SubscriptionLimits::per_app
  kServerQuota,  // SubscriptionLimits::all
};

// The owner and the id of a subscription. Lists are in this order.
struct SubscriptionKey {
  Guid tenant;
  Guid app;
  Guid user;  // nil: the application itself
  Guid id;
  friend auto operator<=>(const SubscriptionKey&, const SubscriptionKey&) = default;
};
// The key of a subscription.
SubscriptionKey subscription_key(const Subscription& subscription);

// Not thread-safe.
class SubscriptionRegistry {
 public:
  explicit SubscriptionRegistry(const SubscriptionLimits& limits) : limits_(limits) {}

  // The limit that one more subscription with this key would exceed, or nullopt. `is_same` is called for each
  // subscription of the owner: whether it has the same resource.
  std::optional<QuotaError> check_quota(const SubscriptionKey& key,
                                        const std::function<bool(const Guid& id)>& is_same) const;
  // Both do nothing if the key is, or is not, in the registry.
  void add(const SubscriptionKey& key);
  void remove(const SubscriptionKey& key);
  // Calls `visit` with the keys after `after`, in order, until it returns false.
  void each(const SubscriptionKey& after, const std::function<bool(const SubscriptionKey&)>& visit) const;
  std::size_t count() const { return count_; }
  // Those of a tenant. Looks at each of its applications.
  std::size_t count_of(const Guid& tenant) const;

 private:
  const SubscriptionLimits limits_;
  using AppKey = std::pair<Guid, Guid>;                         // tenant and application
  using AppMember = std::pair<Guid, Guid>;                      // user and id
  absl::btree_map<AppKey, absl::btree_set<AppMember>> by_app_;  // no set is empty
  std::size_t count_ = 0;
};

}  // namespace porchlight::notify
