// The window against models that keep every moment: never too much, and hardly ever too little.
#include "throttle/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace porchlight::throttle {
namespace {

using namespace std::chrono_literals;
using std::chrono::ceil;
using std::chrono::seconds;

constexpr int kRuns = 2000;
constexpr int kRequests = 400;

struct Rolls {
  explicit Rolls(int seed) : dice(static_cast<unsigned>(seed)) {}
  int below(int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); }
  Budget any_budget() {
    static constexpr Duration kWindows[] = {1s, 1500ms, 2s, 10s, 30s, 31s, 60s};
    return {static_cast<std::uint32_t>(1 + below(20)), kWindows[below(7)]};
  }
  Duration any_gap(Duration window) {
    switch (below(6)) {
      case 0:
      case 1:
        return Duration(0);
      case 2:
        return Duration(below(3));
      case 3:
        return Duration(below(1500));
      case 4:
        return Duration(below(static_cast<int>(window.count()) / 4 + 1));
      default:
        return below(20) == 0 ? 3 * window : Duration(1000 * below(5));
    }
  }
  std::mt19937 dice;
};

// How many of `taken` lie in (now - window, now].
std::size_t in_window(const std::vector<SteadyTime>& taken, SteadyTime now, Duration window) {
  return static_cast<std::size_t>(
      std::ranges::count_if(taken, [&](SteadyTime t) { return t > now - window; }));
}

// Asks at random moments and never waits.
TEST(SlidingWindow, NeverTakesMoreThanTheBudgetInAnyWindow) {
  for (int seed = 0; seed < kRuns; ++seed) {
    SCOPED_TRACE(seed);
    Rolls rolls(seed);
    const Budget budget = rolls.any_budget();
    SlidingWindow window(budget);
    std::vector<SteadyTime> taken;
    SteadyTime now{Duration(rolls.below(5000) - 2500)};
    for (int i = 0; i < kRequests; ++i) {
      now += rolls.any_gap(budget.window);
      const std::size_t used = in_window(taken, now, budget.window);
      const std::size_t used_at_most = in_window(taken, now, budget.window + 1s);
      const Duration wait = window.wait(now);
      if (wait == 0ms) {
        ASSERT_LT(used, budget.requests);
        window.accept(now);
        taken.push_back(now);
      } else {
        // A place comes free up to a second late.
        ASSERT_GE(used_at_most, budget.requests);
        ASSERT_LE(wait, budget.window);
        ASSERT_GT(wait, 0ms);
      }
    }
  }
}

// Counts refusals as the quota does, and is impatient at random.
TEST(SlidingWindow, WhoWaitsAsToldGetsThrough) {
  for (int seed = 0; seed < kRuns; ++seed) {
    SCOPED_TRACE(seed);
    Rolls rolls(seed);
    const Budget budget = rolls.any_budget();
    SlidingWindow window(budget);
    std::vector<SteadyTime> taken;
    SteadyTime now{Duration(0)};
    bool waited_as_told = false;
    for (int i = 0; i < kRequests; ++i) {
      const Duration wait = window.wait(now);
      if (wait == 0ms) {
        ASSERT_LT(in_window(taken, now, budget.window), budget.requests);
        taken.push_back(now);
        window.accept(now);
        waited_as_told = false;
        now += rolls.any_gap(budget.window) / 4;
        continue;
      }
      ASSERT_FALSE(waited_as_told);
      const Duration told = ceil<seconds>(wait);
      ASSERT_LE(told, ceil<seconds>(budget.window));
      window.refuse(now, told);
      waited_as_told = rolls.below(3) == 0;
      now += waited_as_told ? told : told * rolls.below(100) / 100;
    }
  }
}

TEST(SlidingWindow, ARefusalCountsForTheWindowAtMost) {
  SlidingWindow window({1, 10s});
  window.accept(SteadyTime(0s));
  window.refuse(SteadyTime(1s), 1h);
  EXPECT_EQ(window.wait(SteadyTime(10s)), 1s);
  EXPECT_EQ(window.wait(SteadyTime(11s)), 0s);
}

TEST(SlidingWindow, AWindowIsASecondAtLeast) {
  SlidingWindow window({1, 0ms});
  window.accept(SteadyTime(5s));
  EXPECT_EQ(window.wait(SteadyTime(5s)), 1s);
  EXPECT_EQ(window.wait(SteadyTime(6s)), 0s);
}

TEST(SlidingWindow, IsIdleOnceAllHasLeft) {
  SlidingWindow window({3, 10s});
  const SteadyTime start(17'250ms);
  EXPECT_TRUE(window.is_idle(start));
  EXPECT_EQ(window.first_expiry(start), start);
  window.accept(start - 1s);
  window.accept(start);
  EXPECT_EQ(window.remaining(), 1u);
  EXPECT_EQ(window.first_expiry(start), start + 9s);
  EXPECT_FALSE(window.is_idle(start + 10s - 1ms));
  EXPECT_TRUE(window.is_idle(start + 10s));
  EXPECT_EQ(window.wait(start + 10s), 0s);
  EXPECT_EQ(window.remaining(), 3u);
}

}  // namespace
}  // namespace porchlight::throttle
