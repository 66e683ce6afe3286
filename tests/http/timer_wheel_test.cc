// The timer wheel against a plain list of deadlines.
#include "http/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace porchlight::http {
namespace {

SteadyTime at(std::int64_t ms) { return SteadyTime(Duration(ms)); }

TEST(TimerWheel, ReturnsOnlyDueEntries) {
  TimerWheel timers(at(0));
  TimerEntry early, late;
  timers.queue(late, at(30'000));
  timers.queue(early, at(10'000));
  EXPECT_EQ(timers.next_due(), at(10'000));
  EXPECT_EQ(timers.pop_due(at(9'999)), nullptr);
  EXPECT_EQ(timers.pop_due(at(10'000)), &early);
  EXPECT_EQ(timers.pop_due(at(10'000)), nullptr);
  EXPECT_EQ(timers.next_due(), at(30'000));
  timers.remove(late);
  EXPECT_EQ(timers.pop_due(at(90'000)), nullptr);
}

// Within a tick the entries are sorted, so one that is not due is not examined again and again.
TEST(TimerWheel, ReturnsTheEntriesOfATickInOrderOfTime) {
  TimerWheel timers(at(0));
  constexpr std::size_t kMany = 200;
  std::vector<TimerEntry> items(kMany);
  for (std::size_t i = 0; i < kMany; ++i)
    timers.queue(items[i], at(10'000 + static_cast<std::int64_t>(i * 77 % kMany)));
  std::int64_t last = 0;
  for (std::size_t taken = 0; taken < kMany; ++taken) {
    const TimerEntry* due = timers.pop_due(at(10'000 + kMany));
    ASSERT_NE(due, nullptr);
    const auto ms = due->queued_until().time_since_epoch().count();
    EXPECT_LT(last, ms);
    last = ms;
  }
  EXPECT_EQ(timers.pop_due(at(20'000)), nullptr);
}

TEST(TimerWheel, NothingIsLateOrLost) {
  std::mt19937 random(3);
  TimerWheel timers(at(5));
  std::vector<TimerEntry> items(50);
  std::map<TimerEntry*, SteadyTime> model;
  SteadyTime now = at(5);
  for (int step = 0; step < 20'000; ++step) {
    TimerEntry& item = items[random() % items.size()];
    switch (random() % 8) {
      case 0:
        timers.remove(item);
        model.erase(&item);
        break;
      case 1:
        now += Duration(random() % (step % 100 ? 700 : 400'000));
        while (TimerEntry* due = timers.pop_due(now)) {
          ASSERT_TRUE(model.contains(due));
          // A time beyond the wheel fires early, to be queued again.
          if (model[due] > now)
            timers.queue(*due, model[due]);
          else
            model.erase(due);
        }
        for (const auto& [left, when] : model) ASSERT_GT(when, now);
        break;
      default:
        model[&item] = now + Duration(1 + random() % 200'000);
        timers.queue(item, model[&item]);
    }
  }
}

}  // namespace
}  // namespace porchlight::http
