// The limits on subscriptions, and the order of lists.
#include "notify/subscription_registry.h"

#include <gtest/gtest.h>

#include <vector>

namespace porchlight::notify {
namespace {

Guid id_of(std::uint8_t number) {
  Guid id;
  id.bytes[15] = number;
  return id;
}

SubscriptionKey key(std::uint8_t tenant, std::uint8_t app, std::uint8_t user, std::uint8_t id) {
  return {id_of(tenant), id_of(app), id_of(user), id_of(id)};
}

bool is_never_same(const Guid&) { return false; }

TEST(SubscriptionRegistry, RefusesAfterEachLimit) {
  SubscriptionRegistry registry({.all = 5, .per_app = 3, .per_owner = 2});
  registry.add(key(1, 1, 1, 1));
  EXPECT_EQ(registry.check_quota(key(1, 1, 1, 2), is_never_same), std::nullopt);
  registry.add(key(1, 1, 1, 2));
  EXPECT_EQ(registry.check_quota(key(1, 1, 1, 3), is_never_same), QuotaError::kOwnerQuota);
  registry.add(key(1, 1, 2, 3));
  EXPECT_EQ(registry.check_quota(key(1, 1, 3, 4), is_never_same), QuotaError::kAppQuota);
  registry.add(key(2, 1, 3, 4));
  EXPECT_EQ(registry.check_quota(key(2, 2, 3, 5), is_never_same), std::nullopt) << "another application";
  registry.add(key(2, 2, 3, 5));
  EXPECT_EQ(registry.check_quota(key(3, 3, 3, 6), is_never_same), QuotaError::kServerQuota);
  registry.remove(key(1, 1, 1, 1));
  registry.remove(key(1, 1, 1, 1));
  EXPECT_EQ(registry.check_quota(key(1, 1, 1, 7), is_never_same), std::nullopt);
  EXPECT_EQ(registry.count(), 4u);
}

TEST(SubscriptionRegistry, ReportsADuplicateBeforeTheOwnerQuota) {
  SubscriptionRegistry registry({.per_owner = 1});
  registry.add(key(1, 1, 1, 1));
  EXPECT_EQ(registry.check_quota(key(1, 1, 1, 2), [](const Guid& id) { return id == id_of(1); }),
            QuotaError::kDuplicate);
  EXPECT_EQ(registry.check_quota(key(1, 1, 2, 2), [](const Guid&) { return true; }), std::nullopt)
      << "subscriptions of other owners are not compared";
}

TEST(SubscriptionRegistry, ListsInOrderAfterAKey) {
  SubscriptionRegistry registry({});
  const SubscriptionKey all[] = {key(1, 1, 1, 9), key(1, 1, 2, 1), key(1, 2, 0, 4), key(2, 1, 1, 2)};
  for (const int i : {2, 0, 3, 1}) registry.add(all[i]);
  std::vector<SubscriptionKey> seen;
  registry.each(all[0], [&](const SubscriptionKey& at) {
    seen.push_back(at);
    return at != all[2];
  });
  EXPECT_EQ(seen, (std::vector{all[1], all[2]}));
}

}  // namespace
}  // namespace porchlight::notify
