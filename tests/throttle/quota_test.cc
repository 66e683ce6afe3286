// Request budgets per application and tenant (spec protocol §6, §11 item 3).
#include "throttle/quota.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace porchlight::throttle {
namespace {

using namespace std::chrono_literals;

constexpr Budget kOff = {0, 30s};

Guid guid(int n) {
  Guid guid;
  guid.bytes[3] = static_cast<std::uint8_t>(n);
  guid.bytes[4] = static_cast<std::uint8_t>(n >> 8);
  guid.bytes[15] = 1;
  return guid;
}

const Guid kApp = guid(1), kOtherApp = guid(2), kTenant = guid(3), kOtherTenant = guid(4);

// A client. The time of each request is given relative to a start that is not a whole second.
class Asker {
 public:
  explicit Asker(Budgets budgets = {}) : quota_(budgets) {}

  Grant ask(Duration at, RequestKind kind = RequestKind::kRead, const Guid& app = kApp,
            const Guid& tenant = kTenant) {
    return quota_.try_acquire(app, tenant, kind, SteadyTime(kStart + at));
  }
  // Makes `count` requests at the same time. Returns how many are accepted.
  int ask_times(int count, Duration at, RequestKind kind = RequestKind::kRead, const Guid& app = kApp,
                const Guid& tenant = kTenant) {
    int accepted = 0;
    for (int i = 0; i < count; ++i) accepted += ask(at, kind, app, tenant).ok;
    return accepted;
  }
  Quota& quota() { return quota_; }

 private:
  static constexpr Duration kStart{123'456'789};
  Quota quota_;
};

TEST(Quota, AcceptsFifteenHundredReadsAndRefusesTheNext) {
  Asker a;
  EXPECT_EQ(a.ask_times(1500, 0s), 1500);
  const Grant refused = a.ask(0s);
  EXPECT_FALSE(refused.ok);
  EXPECT_EQ(refused.retry_after_s, 30u);
}

TEST(Quota, AcceptsExactlyOneMoreAfterTheRetryTime) {
  Asker a;
  EXPECT_TRUE(a.ask(0ms).ok);
  EXPECT_EQ(a.ask_times(1499, 4s), 1499);
  const Grant refused = a.ask(5s);
  ASSERT_FALSE(refused.ok);
  EXPECT_EQ(refused.retry_after_s, 25u);
  EXPECT_TRUE(a.ask(5s + 25s).ok);
  EXPECT_FALSE(a.ask(5s + 25s).ok);
}

TEST(Quota, RoundsTheRetryTimeUpToWholeSeconds) {
  struct Row {
    Duration asked_at;
    std::uint32_t retry_after_s;
  };
  for (const Row row : {Row{0ms, 30}, Row{1ms, 30}, Row{999ms, 30}, Row{1000ms, 29}, Row{1001ms, 29},
                        Row{28'999ms, 2}, Row{29'000ms, 1}, Row{29'001ms, 1}, Row{29'999ms, 1}}) {
    Asker a;
    a.ask_times(1500, 0s);
    const Grant refused = a.ask(row.asked_at);
    EXPECT_FALSE(refused.ok) << row.asked_at.count();
    EXPECT_EQ(refused.retry_after_s, row.retry_after_s) << row.asked_at.count();
    EXPECT_TRUE(a.ask(row.asked_at + std::chrono::seconds(row.retry_after_s)).ok);
  }
}

TEST(Quota, TheWindowIsHalfOpen) {
  Asker a;
  EXPECT_EQ(a.ask_times(1500, 0s), 1500);
  EXPECT_FALSE(a.ask(29'999ms).ok);
  Asker b;
  EXPECT_EQ(b.ask_times(1500, 0s), 1500);
  EXPECT_EQ(b.ask_times(1501, 30s), 1500);
}

TEST(Quota, CountsApplicationsAndTenantsSeparately) {
  Asker a;
  EXPECT_EQ(a.ask_times(5000, 0s), 1500);
  EXPECT_EQ(a.ask_times(5000, 0s, RequestKind::kRead, kOtherApp), 1500);
  EXPECT_EQ(a.ask_times(5000, 0s, RequestKind::kRead, kApp, kOtherTenant), 1500);
  EXPECT_EQ(a.ask_times(5000, 0s, RequestKind::kRead, kOtherApp, kOtherTenant), 1500);
}

// Requests that a tenant's own budget refuses do not count in the budget that all tenants share.
TEST(Quota, AFloodInOneTenantDoesNotUseUpTheSharedBudget) {
  Asker a({.reads = {10, 30s}, .presence = {10, 30s}, .graph = {30, 30s}});
  EXPECT_EQ(a.ask_times(1000, 0s), 10);
  EXPECT_EQ(a.ask_times(10, 0s, RequestKind::kRead, kApp, kOtherTenant), 10);
}

TEST(Quota, CountsReadsInTheBudgetOfThePresenceServiceToo) {
  Asker a({.reads = {5, 30s}, .presence = {8, 30s}, .graph = kOff});
  EXPECT_EQ(a.ask_times(9, 0s, RequestKind::kRead), 5);
  EXPECT_EQ(a.ask_times(9, 0s, RequestKind::kOther), 3);
  EXPECT_EQ(a.ask_times(9, 30s, RequestKind::kOther), 8);
  EXPECT_EQ(a.ask_times(9, 30s, RequestKind::kRead), 0);
}

TEST(Quota, CountsOtherRequestsInTheGraphBudgetOnly) {
  Asker a({.reads = {1, 30s}, .presence = {2, 30s}, .graph = {6, 10s}});
  EXPECT_EQ(a.ask_times(2, 0s, RequestKind::kOther), 2);
  EXPECT_FALSE(a.ask(0s, RequestKind::kOther).ok);
  EXPECT_EQ(a.ask_times(9, 0s, RequestKind::kGeneral), 4);
  EXPECT_EQ(a.ask_times(9, 20s, RequestKind::kGeneral), 6);
}

TEST(Quota, AllTenantsOfAnApplicationShareTheGraphBudget) {
  Asker a({.reads = kOff, .presence = kOff, .graph = {3, 10s}});
  EXPECT_TRUE(a.ask(0s).ok);
  EXPECT_TRUE(a.ask(1s, RequestKind::kOther, kApp, kOtherTenant).ok);
  EXPECT_TRUE(a.ask(2s, RequestKind::kRead, kApp, guid(9)).ok);
  EXPECT_EQ(a.ask(3s, RequestKind::kOther, kApp, guid(10)).retry_after_s, 7u);
  EXPECT_TRUE(a.ask(3s, RequestKind::kRead, kOtherApp).ok);
}

TEST(Quota, TakesFromNoOtherBudgetIfOneRefuses) {
  Asker a({.reads = {1, 30s}, .presence = {3, 30s}, .graph = {3, 30s}});
  EXPECT_EQ(a.ask_times(100, 0s, RequestKind::kRead), 1);
  EXPECT_EQ(a.ask_times(100, 0s, RequestKind::kOther), 2);
}

TEST(Quota, ReturnsTheLongestWaitOfTheBudgetsThatRefuse) {
  Asker a({.reads = {1, 20s}, .presence = {1, 30s}, .graph = {1, 10s}});
  EXPECT_TRUE(a.ask(0s).ok);
  EXPECT_EQ(a.ask(1s).retry_after_s, 29u);
  EXPECT_EQ(a.ask(21s).retry_after_s, 9u);
  EXPECT_TRUE(a.ask(30s).ok);
}

// Refused requests count, but no longer than the retry time that each got.
TEST(Quota, EarlyRetriesExtendTheWait) {
  Asker a({.reads = {2, 30s}, .presence = kOff, .graph = kOff});
  EXPECT_EQ(a.ask_times(2, 0s), 2);
  EXPECT_EQ(a.ask(10'500ms).retry_after_s, 20u);  // counts until 30.5
  EXPECT_EQ(a.ask(10'500ms).retry_after_s, 20u);
  const Grant early = a.ask(30s);  // the two accepted have left the window, the two refused have not
  EXPECT_FALSE(early.ok);
  EXPECT_EQ(early.retry_after_s, 1u);  // counts until 31
  EXPECT_TRUE(a.ask(31s).ok);
  EXPECT_TRUE(a.ask(31s).ok);
}

TEST(Quota, TheRetryTimeNeverExceedsTheWindow) {
  Asker a;
  std::uint32_t retry_after_s = 0;
  Duration at = 0ms;
  for (; at < 45s; at += 1ms) {
    for (int i = 0; i < 3; ++i) {
      const Grant grant = a.ask(at);
      if (grant.ok) continue;
      ASSERT_GE(grant.retry_after_s, 1u);
      ASSERT_LE(grant.retry_after_s, 30u);
      retry_after_s = grant.retry_after_s;
    }
  }
  EXPECT_TRUE(a.ask(at - 1ms + std::chrono::seconds(retry_after_s)).ok);
}

TEST(Quota, ChargesARequestForItsWork) {
  struct Row {
    std::uint32_t more;
    int remain;
  };
  for (const auto& [more, remain] :
       {Row{0, 1499}, {1, 1498}, {749, 750}, {750, 749}, {751, 749}, {5000, 749}}) {
    Asker a;
    EXPECT_TRUE(a.ask(0s).ok);
    a.quota().charge(kApp, kTenant, RequestKind::kRead, more, SteadyTime(Duration{123'456'789}));
    EXPECT_EQ(a.ask_times(2000, 1s), remain) << more;
    EXPECT_EQ(a.ask_times(1, 1s, RequestKind::kRead, kApp, kOtherTenant), 1) << "another tenant";
  }
}

TEST(Quota, AChargeLeavesWithTheWindow) {
  Asker a({.reads = {10, 30s}, .presence = kOff, .graph = kOff});
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(a.ask(0s).ok);
  a.quota().charge(kApp, kTenant, RequestKind::kRead, 5, SteadyTime(Duration{123'456'789}));
  EXPECT_FALSE(a.ask(1s).ok);
  EXPECT_EQ(a.ask_times(20, 31s), 10);
}

TEST(Quota, ZeroSwitchesABudgetOff) {
  Asker a({.reads = kOff, .presence = kOff, .graph = kOff});
  EXPECT_EQ(a.ask_times(200'000, 0s), 200'000);
  const Grant grant = a.ask(0s);
  EXPECT_EQ(grant.limit, 0u);
}

TEST(Quota, ReportsTheBudgetWithTheSmallestRemainder) {
  Asker a({.reads = {4, 30s}, .presence = {10, 30s}, .graph = kOff});
  Grant grant = a.ask(0s);
  EXPECT_EQ(grant.limit, 4u);
  EXPECT_EQ(grant.remaining, 3u);
  EXPECT_EQ(grant.reset_s, 30u);
  grant = a.ask(10'001ms);
  EXPECT_EQ(grant.remaining, 2u);
  EXPECT_EQ(grant.reset_s, 20u);
  grant = a.ask(11s, RequestKind::kOther);
  EXPECT_EQ(grant.limit, 10u);
  EXPECT_EQ(grant.remaining, 7u);
  a.ask_times(2, 12s);
  grant = a.ask(13s);
  EXPECT_FALSE(grant.ok);
  EXPECT_EQ(grant.limit, 4u);
  EXPECT_EQ(grant.remaining, 0u);
  EXPECT_EQ(grant.reset_s, grant.retry_after_s);
}

TEST(Quota, EarlierTimesDoNotReturnRequests) {
  Asker a({.reads = {2, 30s}, .presence = kOff, .graph = kOff});
  EXPECT_EQ(a.ask_times(2, 60s), 2);
  EXPECT_FALSE(a.ask(59s).ok);
  EXPECT_FALSE(a.ask(0s).ok);
  EXPECT_TRUE(a.ask(90s).ok);
}

TEST(Quota, EarlierTimesCountAtTheLatestTime) {
  Asker a({.reads = {2, 30s}, .presence = kOff, .graph = kOff});
  EXPECT_TRUE(a.ask(60s).ok);
  EXPECT_TRUE(a.ask(59s).ok);
  EXPECT_FALSE(a.ask(89'999ms).ok);
  EXPECT_EQ(a.ask_times(3, 91s), 2);
}

TEST(Quota, RemovesIdlePairs) {
  Asker a;
  for (int n = 0; n < 20'000; ++n) a.ask(0s, RequestKind::kOther, guid(n % 100), guid(n / 100));
  EXPECT_EQ(a.quota().pairs_count(), 20'000u);
  for (int n = 0; n < 60'000; ++n) a.ask(30s + n * 1ms, RequestKind::kOther, guid(n % 100), guid(n / 100));
  EXPECT_LE(a.quota().pairs_count(), 61'000u);
  for (int n = 0; n < 60'000; ++n) a.ask(200s + n * 10ms, RequestKind::kOther, guid(n % 100), guid(n / 100));
  EXPECT_LE(a.quota().pairs_count(), 20'000u);
}

// New pairs make the table sweep; budgets that are used up stay used up.
TEST(Quota, KeepsPairsThatAreNotIdle) {
  Asker a({.reads = {1, 30s}, .presence = kOff, .graph = kOff});
  for (int n = 0; n < 5000; ++n) EXPECT_TRUE(a.ask(n * 1ms, RequestKind::kRead, guid(n)).ok);
  for (int n = 0; n < 5000; ++n) EXPECT_FALSE(a.ask(n * 1ms + 20s, RequestKind::kRead, guid(n)).ok);
}

TEST(Quota, KeepsApplicationsThatAreNotIdle) {
  Asker a({.reads = kOff, .presence = kOff, .graph = {1, 30s}});
  for (int n = 0; n < 20'000; ++n) EXPECT_TRUE(a.ask(n * 1ms, RequestKind::kRead, guid(n)).ok);
  for (int n = 0; n < 20'000; ++n) EXPECT_FALSE(a.ask(20s, RequestKind::kRead, guid(n)).ok);
}

TEST(Quota, AcceptsExactlyTheBudgetOverAllThreads) {
  constexpr int kThreads = 8, kEach = 5000, kApps = 3;
  Quota quota({.reads = {1501, 30s}, .presence = {10'000, 30s}, .graph = {4003, 10s}});
  std::vector<int> accepted(kThreads * kApps * 2);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i)
        for (int app = 0; app < kApps; ++app)
          for (int tenant = 0; tenant < 2; ++tenant)
            accepted[(app * 2 + tenant) * kThreads + t] +=
                quota
                    .try_acquire(guid(app), guid(100 + tenant),
                                 tenant ? RequestKind::kOther : RequestKind::kRead,
                                 SteadyTime(Duration(i % 7)))
                    .ok;
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto sum = [&](int pair) {
    int total = 0;
    for (int t = 0; t < kThreads; ++t) total += accepted[pair * kThreads + t];
    return total;
  };
  for (int app = 0; app < kApps; ++app) {
    EXPECT_EQ(sum(app * 2), 1501);
    EXPECT_EQ(sum(app * 2) + sum(app * 2 + 1), 4003);
  }
}

// A reload counts as a restart: at most one more full budget.
TEST(Quota, BudgetsCanBeReplaced) {
  Quota quota({.reads = {2, 30s}, .presence = kOff, .graph = kOff});
  const auto ask = [&] { return quota.try_acquire(kApp, kTenant, RequestKind::kRead, SteadyTime(1s)).ok; };
  EXPECT_TRUE(ask() && ask() && !ask());
  quota.set_budgets({.reads = {1, 30s}, .presence = kOff, .graph = kOff});
  EXPECT_EQ(quota.pairs_count(), 0u);
  EXPECT_TRUE(ask() && !ask());
  quota.set_budgets({.reads = kOff, .presence = kOff, .graph = kOff});
  EXPECT_TRUE(ask() && ask());
}

}  // namespace
}  // namespace porchlight::throttle
