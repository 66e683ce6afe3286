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

enum class Denial : std::uint8_t {
  kSame,         // the owner has one for the same resource
  kSecond,       // the owner has as many as may be
  kAppQuota,     // SubscriptionLimits::per_app
  kServerQuota,  // SubscriptionLimits::all
};

// Whose a subscription is, and which one; in the order of lists.
struct Place {
  Guid tenant;
  Guid app;
  Guid user;  // nil: the application's own
  Guid id;
  friend auto operator<=>(const Place&, const Place&) = default;
};
Place place_of(const Subscription& subscription);

class Registry {
 public:
  explicit Registry(const SubscriptionLimits& limits) : limits_(limits) {}

  // Whether one more may be there; `is_same` is asked of each that the owner has.
  std::optional<Denial> deny(const Place& place, const std::function<bool(const Guid& id)>& is_same) const;
  void take(const Place& place);
  void leave(const Place& place);
  // Calls `look` with those behind `after`, in order, while it returns true.
  void each(const Place& after, const std::function<bool(const Place&)>& look) const;
  std::size_t count() const { return places_.size(); }

 private:
  const SubscriptionLimits limits_;
  absl::btree_set<Place> places_;
  absl::btree_map<std::pair<Guid, Guid>, std::size_t> by_app_;  // tenant and application
};

}  // namespace porchlight::notify
