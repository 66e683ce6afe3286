// The budget of failed token signatures per address.
#include "throttle/address_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace porchlight::throttle {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{Duration(987'654'321)};

// Checks up to `count` invalid signatures, as the server does. Returns how many of them were allowed.
int fail_times(AddressBudget& budget, std::string_view text, int count, SteadyTime now = kStart) {
  const auto address = IpAddress::parse(text);
  int allowed = 0;
  for (int i = 0; i < count && budget.may_verify(address, now); ++i) {
    budget.record_failure(address, now);
    ++allowed;
  }
  return allowed;
}

const auto kOne = IpAddress::parse("192.0.2.1"), kTwo = IpAddress::parse("192.0.2.2");
constexpr int kBeyond = static_cast<int>(kFailedSignaturesBeyond.requests);

// Uses up the budget that the networks share.
void use_up_shared(AddressBudget& budget, SteadyTime now = kStart) {
  EXPECT_EQ(fail_times(budget, "198.51.100.1", 100 + 2 * kBeyond, now), 100 + kBeyond);
}

TEST(AddressBudget, AllowsAHundredFailuresInTenSeconds) {
  AddressBudget budget;
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 1), 1);
  use_up_shared(budget, kStart + 9s);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 9s), 99);
  EXPECT_FALSE(budget.may_verify(kOne, kStart + 10s - 1ms));
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 10s), 1);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 18s), 0);
}

TEST(AddressBudget, DoesNotCountValidTokens) {
  AddressBudget budget;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.may_verify(kOne, kStart));
  EXPECT_EQ(budget.networks_count(), 0u);
}

// A client behind the same address as one that sends bad tokens: refused only beyond what all networks share, and only
// while that is used up.
TEST(AddressBudget, SharesMoreThanAHundredAmongAllNetworks) {
  AddressBudget budget;
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200), 200);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 2 * kBeyond), kBeyond - 100);
  EXPECT_FALSE(budget.may_verify(kOne, kStart));
  EXPECT_EQ(fail_times(budget, "192.0.2.2", 200), 100);
  EXPECT_FALSE(budget.may_verify(kTwo, kStart));
  EXPECT_TRUE(budget.may_verify(kOne, kStart + 10s));
}

TEST(AddressBudget, DoesNotCountTheAdminSocket) {
  AddressBudget budget;
  for (int i = 0; i < 200 + kBeyond; ++i) budget.record_failure(std::nullopt, kStart);
  EXPECT_TRUE(budget.may_verify(std::nullopt, kStart));
  EXPECT_EQ(budget.networks_count(), 0u);
}

TEST(AddressBudget, CountsNetworks) {
  struct Row {
    std::string_view one, other;
    bool same;
  };
  const std::vector<Row> rows = {
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1", "::ffff:192.0.2.1", true},
      {"192.0.2.1", "::ffff:192.0.2.2", false},
      {"2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", true},
      {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
  };
  for (const Row& row : rows) {
    AddressBudget budget;
    use_up_shared(budget);
    EXPECT_EQ(fail_times(budget, row.one, 200), 100);
    EXPECT_EQ(budget.may_verify(IpAddress::parse(row.other), kStart), !row.same)
        << row.one << " and " << row.other;
  }
}

// A /48 has the failures of sixteen hosts.
TEST(AddressBudget, CountsSites) {
  AddressBudget budget;
  use_up_shared(budget);
  int allowed = 0;
  for (int i = 0; i < 100; ++i) allowed += fail_times(budget, "2001:db8:1:" + std::to_string(i) + "::1", 200);
  EXPECT_EQ(allowed, 1600);
  EXPECT_EQ(fail_times(budget, "2001:db8:2::1", 200), 100);
}

std::optional<IpAddress> nth_address(int n) {
  return IpAddress::parse("10." + std::to_string(n >> 16) + "." + std::to_string((n >> 8) & 255) + "." +
                          std::to_string(n & 255));
}

TEST(AddressBudget, BoundsTheNumberOfNetworks) {
  AddressBudget budget;
  for (int n = 0; n < 200'000; ++n) budget.record_failure(nth_address(n), kStart + Duration(n / 100));
  EXPECT_LE(budget.networks_count(), kNetworksMax);
  EXPECT_GT(budget.networks_count(), kNetworksMax * 9 / 10);
}

TEST(AddressBudget, RemovesIdleNetworksFirst) {
  AddressBudget budget;
  for (int n = 0; n < 100'000; ++n) budget.record_failure(nth_address(n), kStart);
  use_up_shared(budget, kStart + 9s);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 9s), 100);
  for (int n = 0; n < 40'000; ++n) budget.record_failure(nth_address(n), kStart + 11s);
  EXPECT_LE(budget.networks_count(), 50'000u);
  EXPECT_FALSE(budget.may_verify(kOne, kStart + 11s));
}

TEST(AddressBudget, CountsFailuresOfAllThreads) {
  AddressBudget budget;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&budget] {
      for (int i = 0; i < 24; ++i) {
        budget.record_failure(kOne, kStart);
        budget.may_verify(kTwo, kStart + Duration(i));
        budget.record_failure(nth_address(i), kStart);
      }
    });
  for (std::thread& thread : threads) thread.join();
  use_up_shared(budget);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200), 4);
}

}  // namespace
}  // namespace porchlight::throttle
