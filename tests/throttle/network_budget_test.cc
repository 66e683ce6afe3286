// The budget of each network: at it and one past it, and what leaves the window.
#include "throttle/network_budget.h"

#include <gtest/gtest.h>

#include <string>

namespace porchlight::throttle {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kFirst{Duration(987'654'321)};
constexpr Budget kThree = {3, 60s};

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }

// Counts while the address is within the budget. Returns how often.
std::uint32_t use_up(NetworkBudget& budget, const std::string& text, SteadyTime now = kFirst) {
  std::uint32_t count = 0;
  for (; budget.wait(address(text), now) == Duration::zero() && count < 1000; ++count)
    budget.count(address(text), now);
  return count;
}

TEST(NetworkBudget, IsThatOfEachHost) {
  NetworkBudget budget(kThree);
  EXPECT_EQ(use_up(budget, "192.0.2.1"), 3u);
  EXPECT_EQ(use_up(budget, "::ffff:192.0.2.1"), 0u);
  EXPECT_EQ(use_up(budget, "192.0.2.2"), 3u);
  EXPECT_EQ(use_up(budget, "2001:db8::1"), 3u);
  EXPECT_EQ(use_up(budget, "2001:db8::2"), 0u);
  EXPECT_EQ(budget.networks_count(), 4u);  // of the last host its /64 and /48
}

TEST(NetworkBudget, OfASiteIsThatOfManyHosts) {
  NetworkBudget budget(kThree);
  std::uint32_t count = 0;
  for (int i = 0; i < 100; ++i) count += use_up(budget, "2001:db8:0:" + std::to_string(i) + "::1");
  EXPECT_EQ(count, 3 * kHostsPerSite);
}

TEST(NetworkBudget, SaysWhenItHasRoom) {
  NetworkBudget budget(kThree);
  EXPECT_EQ(use_up(budget, "192.0.2.1"), 3u);
  EXPECT_EQ(budget.wait(address("192.0.2.1"), kFirst), 60s);
  EXPECT_EQ(budget.wait(address("192.0.2.1"), kFirst + 60s - 1ms), 1ms);
  EXPECT_EQ(use_up(budget, "192.0.2.1", kFirst + 60s), 3u);
}

}  // namespace
}  // namespace porchlight::throttle
