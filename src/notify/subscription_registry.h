// Which subscriptions there are, by whose they are: how many one may have, and in which order they are
// listed. Not by itself safe to share.
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

struct SubscriptionLimits {
  std::size_t all = 2'000'000;
  std::size_t per_app = 10'000;  // of one application in one tenant
  std::size_t per_owner = 1;     // of one application for one user (spec notifications §3.6)
};

enum class QuotaError : std::uint8_t {
  kDuplicate,    // the owner has one for the same resource
  kOwnerQuota,   // the owner has as many as may be
  kAppQuota,     // SubscriptionLimits::per_app
  kServerQuota,  // SubscriptionLimits::all
};

// Whose a subscription is, and which one; in the order of lists.
struct SubscriptionKey {
  Guid tenant;
  Guid app;
  Guid user;  // nil: the application's own
  Guid id;
  friend auto operator<=>(const SubscriptionKey&, const SubscriptionKey&) = default;
};
SubscriptionKey subscription_key(const Subscription& subscription);

class SubscriptionRegistry {
 public:
  explicit SubscriptionRegistry(const SubscriptionLimits& limits) : limits_(limits) {}

  // Whether one more may be there; `is_same` is asked of each that the owner has.
  std::optional<QuotaError> check_quota(const SubscriptionKey& key,
                                        const std::function<bool(const Guid& id)>& is_same) const;
  void add(const SubscriptionKey& key);
  void remove(const SubscriptionKey& key);
  // Calls `look` with those behind `after`, in order, while it returns true.
  void each(const SubscriptionKey& after, const std::function<bool(const SubscriptionKey&)>& visit) const;
  std::size_t count() const { return keys_.size(); }

 private:
  const SubscriptionLimits limits_;
  absl::btree_set<SubscriptionKey> keys_;
  absl::btree_map<std::pair<Guid, Guid>, std::size_t> by_app_;  // tenant and application
};

}  // namespace porchlight::notify
