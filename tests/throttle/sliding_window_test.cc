// The window compared with a model that keeps the time of every request: the budget is never exceeded, and requests
// wait at most a second longer than necessary.
#include "throttle/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/rounds.h"

namespace porchlight::throttle {
namespace {

using namespace std::chrono_literals;
using std::chrono::ceil;
using std::chrono::seconds;

constexpr int kRuns = rounds(2000);
constexpr int kRequests = 400;

// Random budgets and gaps between requests.
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

// The number of times in (now - window, now].
std::size_t in_window(const std::vector<SteadyTime>& accepted, SteadyTime now, Duration window) {
  return static_cast<std::size_t>(
      std::ranges::count_if(accepted, [&](SteadyTime t) { return t > now - window; }));
}

// Requests at random times that never wait.
TEST(SlidingWindow, NeverExceedsTheBudgetInAnyWindow) {
  for (int seed = 0; seed < kRuns; ++seed) {
    SCOPED_TRACE(seed);
    Rolls rolls(seed);
    const Budget budget = rolls.any_budget();
    SlidingWindow window(budget);
    std::vector<SteadyTime> accepted;
    SteadyTime now{Duration(rolls.below(5000) - 2500)};
    for (int i = 0; i < kRequests; ++i) {
      now += rolls.any_gap(budget.window);
      const std::size_t used = in_window(accepted, now, budget.window);
      const std::size_t used_at_most = in_window(accepted, now, budget.window + 1s);
      const Duration wait = window.wait(now);
      if (wait == 0ms) {
        ASSERT_LT(used, budget.requests);
        window.accept(now);
        accepted.push_back(now);
      } else {
        // A request leaves the window up to a second late.
        ASSERT_GE(used_at_most, budget.requests);
        ASSERT_LE(wait, budget.window);
        ASSERT_GT(wait, 0ms);
      }
    }
  }
}

// Refusals are counted as the quota counts them. A third of the retries waits the whole retry time.
TEST(SlidingWindow, AcceptsARequestAfterItsRetryTime) {
  for (int seed = 0; seed < kRuns; ++seed) {
    SCOPED_TRACE(seed);
    Rolls rolls(seed);
    const Budget budget = rolls.any_budget();
    SlidingWindow window(budget);
    std::vector<SteadyTime> accepted;
    SteadyTime now{Duration(0)};
    bool has_waited = false;
    for (int i = 0; i < kRequests; ++i) {
      const Duration wait = window.wait(now);
      if (wait == 0ms) {
        ASSERT_LT(in_window(accepted, now, budget.window), budget.requests);
        accepted.push_back(now);
        window.accept(now);
        has_waited = false;
        now += rolls.any_gap(budget.window) / 4;
        continue;
      }
      ASSERT_FALSE(has_waited);
      const Duration retry_after = ceil<seconds>(wait);
      ASSERT_LE(retry_after, ceil<seconds>(budget.window));
      window.refuse(now, retry_after);
      has_waited = rolls.below(3) == 0;
      now += has_waited ? retry_after : retry_after * rolls.below(100) / 100;
    }
  }
}

TEST(SlidingWindow, CountsARefusalForAtMostTheWindow) {
  SlidingWindow window({1, 10s});
  window.accept(SteadyTime(0s));
  window.refuse(SteadyTime(1s), 1h);
  EXPECT_EQ(window.wait(SteadyTime(10s)), 1s);
  EXPECT_EQ(window.wait(SteadyTime(11s)), 0s);
}

TEST(SlidingWindow, LengthensAShortWindowToASecond) {
  SlidingWindow window({1, 0ms});
  window.accept(SteadyTime(5s));
  EXPECT_EQ(window.wait(SteadyTime(5s)), 1s);
  EXPECT_EQ(window.wait(SteadyTime(6s)), 0s);
}

TEST(SlidingWindow, IsIdleWhenAllRequestsHaveLeft) {
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
