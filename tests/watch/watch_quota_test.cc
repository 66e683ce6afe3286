#include "watch/watch_quota.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace porchlight::watch {
namespace {

Guid guid(std::uint8_t number) {
  Guid id;
  id.bytes[0] = number;
  return id;
}

std::vector<WatchQuota::Permit> take_all(WatchQuota& quota, std::uint8_t tenant, std::uint8_t app,
                                         std::size_t people) {
  std::vector<WatchQuota::Permit> taken;
  while (auto permit = quota.acquire(guid(tenant), guid(app), people)) taken.push_back(std::move(*permit));
  return taken;
}

TEST(WatchQuota, AThousandWaitsOfOneApplication) {
  WatchQuota quota;
  auto taken = take_all(quota, 1, 1, 1);
  EXPECT_EQ(taken.size(), 1000u);
  EXPECT_TRUE(quota.acquire(guid(1), guid(2), 1)) << "another application";
  EXPECT_TRUE(quota.acquire(guid(2), guid(1), 1)) << "the same in another tenant";
  taken.pop_back();
  EXPECT_TRUE(quota.acquire(guid(1), guid(1), 1)) << "one permit was released";
}

TEST(WatchQuota, ATenantHasNineTimesWhatIsFree) {
  WatchQuota quota;
  std::vector<std::vector<WatchQuota::Permit>> taken;
  for (std::uint8_t app = 0; app < 9; ++app) {
    taken.push_back(take_all(quota, 1, app, 1));
    EXPECT_EQ(taken.back().size(), 1000u);
  }
  EXPECT_FALSE(quota.acquire(guid(1), guid(77), 1));
  EXPECT_EQ(take_all(quota, 2, 77, 1).size(), 900u) << "nine tenths of the rest";
  taken.pop_back();
  EXPECT_TRUE(quota.acquire(guid(1), guid(77), 1));
}

TEST(WatchQuota, TenThousandWaitsInAll) {
  WatchQuota quota;
  std::vector<std::vector<WatchQuota::Permit>> taken;
  std::size_t waits = 0;
  for (std::uint8_t tenant = 0; waits < 10'000; ++tenant) {
    ASSERT_LT(tenant, 100);
    taken.push_back(take_all(quota, tenant, 1, 1));
    waits += taken.back().size();
  }
  EXPECT_EQ(waits, 10'000u);
  EXPECT_FALSE(quota.acquire(guid(200), guid(1), 1)) << "also the first of a tenant";
  taken.pop_back();
  EXPECT_TRUE(quota.acquire(guid(200), guid(1), 1));
}

TEST(WatchQuota, AHundredThousandPeopleOfOneApplication) {
  WatchQuota quota;
  const auto taken = take_all(quota, 1, 1, 500);
  EXPECT_EQ(taken.size(), 200u);
  EXPECT_FALSE(quota.acquire(guid(1), guid(1), 1));
}

TEST(WatchQuota, ATenantFollowsNineTimesThePeopleThatAreFree) {
  WatchQuota quota;
  std::vector<std::vector<WatchQuota::Permit>> taken;
  for (std::uint8_t app = 0; app < 10; ++app) taken.push_back(take_all(quota, 1, app, 500));
  EXPECT_TRUE(taken.back().empty());
  auto other = quota.acquire(guid(2), guid(1), 1);
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->resize(90'001));
  EXPECT_TRUE(other->resize(90'000));
  EXPECT_TRUE(quota.acquire(guid(3), guid(1), 10'000)) << "the first of a tenant";
  EXPECT_FALSE(quota.acquire(guid(3), guid(2), 10'001)) << "a million people in all";
}

TEST(WatchQuota, ReleasedPermitsDoNotCount) {
  WatchQuota quota({.waits = 1, .waits_per_app = 1, .people = 10, .people_per_app = 10});
  for (int i = 0; i < 3; ++i) {
    auto permit = quota.acquire(guid(1), guid(1), 10);
    ASSERT_TRUE(permit);
    const WatchQuota::Permit moved = std::move(*permit);
    EXPECT_FALSE(quota.acquire(guid(1), guid(1), 0)) << "a moved permit is not released";
  }
}

TEST(WatchQuota, LimitsOneUserInEachApplicationAndInAll) {
  WatchQuota quota({.waits_per_user = 3});
  std::vector<WatchQuota::Permit> taken;
  const auto take = [&](std::uint8_t app) {
    auto permit = quota.acquire(guid(1), guid(app), 1, guid(5));
    if (!permit) return false;
    taken.push_back(std::move(*permit));
    return true;
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(1));
  EXPECT_FALSE(take(1)) << "one application leaves the others their share";
  for (std::uint8_t app = 2; app < 11; ++app)
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(app)) << int{app};
  EXPECT_FALSE(take(11)) << "ten applications use up what all may have";
  EXPECT_TRUE(quota.acquire(guid(1), guid(1), 1, guid(6))) << "another user";
  EXPECT_TRUE(quota.acquire(guid(2), guid(1), 1, guid(5))) << "a user of another tenant";
  EXPECT_TRUE(quota.acquire(guid(1), guid(1), 1)) << "an application without a user";
  taken.pop_back();
  EXPECT_FALSE(take(1));
  EXPECT_TRUE(take(10)) << "the application that ended one";
  taken.clear();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(1)) << "all have ended";
  EXPECT_FALSE(take(1));
}

class Listed final : public OpenWait {
 public:
  std::string_view kind() const override { return "wait"; }
  bool is_behind() const override { return false; }
  void request_end() override {}
};

TEST(WatchQuota, ListsTheWaitsOfATenant) {
  WatchQuota quota;
  const auto wait = std::make_shared<Listed>();
  const Time since{std::chrono::seconds(5)};
  auto first = quota.acquire(guid(1), guid(7), 2);
  auto unlisted = quota.acquire(guid(1), guid(7), 2);
  auto second = quota.acquire(guid(1), guid(8), 3);
  auto other = quota.acquire(guid(2), guid(7), 1);
  first->list(wait, guid(9), since);
  second->list(wait, {}, since);
  other->list(wait, {}, since);
  const auto all = quota.listed(guid(1), 0, 10);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].app, guid(7));
  EXPECT_EQ(all[0].user, guid(9));
  EXPECT_EQ(all[0].since, since);
  EXPECT_EQ(all[0].people, 2u);
  EXPECT_EQ(all[1].app, guid(8));
  EXPECT_EQ(quota.listed(guid(1), 0, 1).size(), 1u);
  ASSERT_EQ(quota.listed(guid(1), all[0].number, 10).size(), 1u);
  EXPECT_TRUE(first->resize(5));
  auto moved = *std::move(first);
  EXPECT_EQ(quota.listed(guid(1), 0, 1).front().people, 5u) << "moved with its permit";
  second.reset();
  EXPECT_TRUE(quota.listed(guid(1), all[0].number, 10).empty());
}

TEST(WatchQuota, ResizesAPermit) {
  WatchQuota quota({.people = 100, .people_per_app = 10});
  auto permit = quota.acquire(guid(1), guid(1), 4).value();
  EXPECT_TRUE(permit.resize(10));
  EXPECT_FALSE(permit.resize(11));
  EXPECT_FALSE(quota.acquire(guid(1), guid(1), 1));
  EXPECT_TRUE(permit.resize(9));
  EXPECT_TRUE(quota.acquire(guid(1), guid(1), 1));
}

}  // namespace
}  // namespace porchlight::watch
