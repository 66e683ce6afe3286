// Retries and the health of hosts, under times chosen by the tests (spec notifications §7).
#include "webhook/retry.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "webhook/host_health.h"

namespace porchlight::webhook {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SteadyTime kFirstTry{hours(5)};

TEST(Retry, WaitsDoubleUpToTheLongest) {
  const int middles[] = {10, 20, 40, 80, 160, 320, 600, 600, 600};
  std::mt19937_64 random(1);
  for (int failures = 1; failures <= 9; ++failures) {
    const Duration middle = seconds(middles[failures - 1]);
    Duration least = hours(1), most{};
    for (int i = 0; i < 10'000; ++i) {
      const auto wait = retry_wait(failures, minutes(1), random());
      ASSERT_TRUE(wait);
      least = std::min(least, *wait);
      most = std::max(most, *wait);
    }
    EXPECT_GE(least, middle * 8 / 10);
    EXPECT_LE(most, middle * 12 / 10);
    // The jitter covers its whole range.
    EXPECT_LT(least, middle * 81 / 100);
    EXPECT_GT(most, middle * 119 / 100);
  }
}

TEST(Retry, EndsWithALastTryAfterFourHours) {
  EXPECT_EQ(retry_wait(20, hours(4) - milliseconds(1), 0), milliseconds(1));
  EXPECT_EQ(retry_wait(20, hours(4), 0), std::nullopt);
  EXPECT_EQ(retry_wait(1, hours(4), 0), std::nullopt);
}

TEST(Retry, CompleteSequences) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::mt19937_64 random(seed);
    Duration at{};
    int tries = 1;
    while (const auto wait = retry_wait(tries, at, random())) {
      EXPECT_GT(*wait, Duration{});
      at += *wait;
      ++tries;
    }
    EXPECT_EQ(at, kRetryUntil);
    EXPECT_GE(tries, 25);
    EXPECT_LE(tries, 38);
  }
}

TEST(Retry, AcceptsAnyNumbers) {
  for (const int failures :
       {std::numeric_limits<int>::min(), -1, 0, 6, 7, 31, 64, std::numeric_limits<int>::max()})
    EXPECT_GT(retry_wait(failures, Duration{}, ~0ull), Duration{});
}

HostHealth after(int good, int slow, int late) {
  HostHealth host;
  for (int i = 0; i < good; ++i) host.add(kFirstTry, milliseconds(2'999));
  for (int i = 0; i < slow; ++i) host.add(kFirstTry, milliseconds(3'000));
  for (int i = 0; i < late; ++i) host.add(kFirstTry, milliseconds(10'000));
  return host;
}

TEST(HostHealth, IsSlowAboveTenPercent) {
  EXPECT_EQ(after(18, 2, 0).state(kFirstTry), HostHealth::Level::kHealthy);  // 10 % is not more than 10 %
  EXPECT_EQ(after(18, 3, 0).state(kFirstTry), HostHealth::Level::kSlow);
  EXPECT_EQ(after(90, 10, 0).state(kFirstTry), HostHealth::Level::kHealthy);
  EXPECT_EQ(after(90, 11, 0).state(kFirstTry), HostHealth::Level::kSlow);
}

TEST(HostHealth, IsHealthyWithFewAnswers) {
  EXPECT_EQ(after(0, 19, 0).state(kFirstTry), HostHealth::Level::kHealthy);
  EXPECT_EQ(after(0, 20, 0).state(kFirstTry), HostHealth::Level::kSlow);
  EXPECT_EQ(after(0, 0, 20).state(kFirstTry), HostHealth::Level::kDropped);
}

TEST(HostHealth, IsDroppedAboveFifteenPercent) {
  HostHealth host = after(0, 0, 0);
  // The late ones come first, and are too few to make the host slow before.
  for (int i = 0; i < 3; ++i) host.add(kFirstTry, seconds(11));
  for (int i = 0; i < 16; ++i) host.add(kFirstTry, milliseconds(1));
  EXPECT_EQ(host.state(kFirstTry), HostHealth::Level::kHealthy);
  host.add(kFirstTry, seconds(11));  // 4 of 20
  EXPECT_EQ(host.state(kFirstTry), HostHealth::Level::kDropped);
}

TEST(HostHealth, RecoversAfterTenMinutes) {
  HostHealth host = after(0, 20, 0);
  EXPECT_EQ(host.until(), kFirstTry + minutes(10));
  EXPECT_EQ(host.state(kFirstTry + minutes(10) - milliseconds(1)), HostHealth::Level::kSlow);
  EXPECT_EQ(host.state(kFirstTry + minutes(10)), HostHealth::Level::kHealthy);
  host.add(kFirstTry + minutes(10), seconds(4));
  EXPECT_EQ(host.state(kFirstTry + minutes(10)), HostHealth::Level::kHealthy);
}

TEST(HostHealth, PostsInFlightDoNotEndADrop) {
  HostHealth host = after(0, 0, 20);
  for (int i = 0; i < 100; ++i) host.add(kFirstTry + minutes(1), seconds(4));
  EXPECT_EQ(host.state(kFirstTry + minutes(2)), HostHealth::Level::kDropped);
  EXPECT_EQ(host.until(), kFirstTry + minutes(10));
}

TEST(HostHealth, OldAnswersLeaveTheWindow) {
  HostHealth host;
  for (int i = 0; i < 19; ++i) host.add(kFirstTry, seconds(4));
  for (int i = 0; i < 30; ++i) host.add(kFirstTry + minutes(10), milliseconds(5));
  EXPECT_EQ(host.state(kFirstTry + minutes(10)), HostHealth::Level::kHealthy);
  // The slice of an old minute is empty, also if its place is not used again.
  HostHealth quiet;
  for (int i = 0; i < 19; ++i) quiet.add(kFirstTry, seconds(4));
  quiet.add(kFirstTry + minutes(11), milliseconds(5));
  EXPECT_EQ(quiet.state(kFirstTry + minutes(11)), HostHealth::Level::kHealthy);
  HostHealth other;
  for (int i = 0; i < 19; ++i) other.add(kFirstTry, seconds(4));
  other.add(kFirstTry + minutes(9), milliseconds(5));
  EXPECT_EQ(other.state(kFirstTry + minutes(9)), HostHealth::Level::kSlow);
}

}  // namespace
}  // namespace porchlight::webhook
