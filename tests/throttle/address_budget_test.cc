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
int fail_times(AddressBudget& budget, std::string_view address, int count, SteadyTime now = kStart) {
  int allowed = 0;
  for (int i = 0; i < count && budget.may_verify(address, now); ++i) {
    budget.record_failure(address, now);
    ++allowed;
  }
  return allowed;
}

TEST(AddressBudget, AllowsAHundredFailuresInTenSeconds) {
  AddressBudget budget;
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 1), 1);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 2s), 99);
  EXPECT_FALSE(budget.may_verify("192.0.2.1", kStart + 10s - 1ms));
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 10s), 1);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 12s), 99);
}

TEST(AddressBudget, DoesNotCountValidTokens) {
  AddressBudget budget;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.may_verify("192.0.2.1", kStart));
  EXPECT_EQ(budget.addresses_count(), 0u);
}

TEST(AddressBudget, CountsAnIpv6PrefixAsOneAddress) {
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
      {"fe80::1%eth0", "fe80::2%eth1", true},
      {"fe80::1%eth0", "2001:db8::1", false},
      {"unix", "unix", true},
      {"unix", "elsewhere", false},
      {"", "192.0.2.1", false},
  };
  for (const Row& row : rows) {
    AddressBudget budget;
    EXPECT_EQ(fail_times(budget, row.one, 200), 100);
    EXPECT_EQ(budget.may_verify(row.other, kStart), !row.same) << row.one << " and " << row.other;
  }
}

std::string nth_address(int n) {
  return "10." + std::to_string(n >> 16) + "." + std::to_string((n >> 8) & 255) + "." +
         std::to_string(n & 255);
}

TEST(AddressBudget, BoundsTheNumberOfAddresses) {
  AddressBudget budget;
  for (int n = 0; n < 200'000; ++n) budget.record_failure(nth_address(n), kStart + Duration(n / 100));
  EXPECT_LE(budget.addresses_count(), kAddressesMax);
  EXPECT_GT(budget.addresses_count(), kAddressesMax * 9 / 10);
}

TEST(AddressBudget, RemovesIdleAddressesFirst) {
  AddressBudget budget;
  for (int n = 0; n < 100'000; ++n) budget.record_failure(nth_address(n), kStart);
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200, kStart + 9s), 100);
  for (int n = 0; n < 40'000; ++n) budget.record_failure(nth_address(n), kStart + 11s);
  EXPECT_LE(budget.addresses_count(), 50'000u);
  EXPECT_FALSE(budget.may_verify("192.0.2.1", kStart + 11s));
}

TEST(AddressBudget, CountsFailuresOfAllThreads) {
  AddressBudget budget;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&budget] {
      for (int i = 0; i < 24; ++i) {
        budget.record_failure("192.0.2.1", kStart);
        budget.may_verify("192.0.2.2", kStart + Duration(i));
        budget.record_failure(nth_address(i), kStart);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fail_times(budget, "192.0.2.1", 200), 4);
}

}  // namespace
}  // namespace porchlight::throttle
