// The script of the demo, with the time as an argument.
#include "admin/demo_script.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "admin/demo.h"
#include "presence/rules.h"

namespace porchlight::admin {
namespace {

using namespace std::chrono_literals;

constexpr Time kBegin{std::chrono::sys_days(std::chrono::January / 7 / 2030) + 9h};

// The records of the users, after what the script has made them do.
struct Stage {
  std::map<Guid, presence::Record> records = {};

  // Returns who was changed.
  std::set<Guid> perform(const std::vector<DemoAct>& acts, Time now) {
    std::set<Guid> changed;
    for (const DemoAct& act : acts) {
      presence::Record& record = records[act.user];
      const auto event = presence::decide(record, act.command, now);
      EXPECT_TRUE(event.has_value());
      if (!event || !*event) continue;
      presence::apply(record, **event);
      changed.insert(act.user);
    }
    return changed;
  }
};

TEST(DemoScript, ChangesTheStateOfOneUserAtEachStep) {
  DemoScript script(kBegin);
  Stage stage;
  std::map<Guid, int> changes;
  EXPECT_EQ(script.next(), kBegin);
  for (Time now = kBegin; now < kBegin + 10min; now = script.next()) {
    const auto acts = script.due(now);
    ASSERT_EQ(acts.size(), now == kBegin ? 1 + demo_plans(kBegin, now).size() : 1u);
    EXPECT_EQ(script.next(), now + kDemoStep);
    for (const Guid& user : stage.perform({acts.back()}, now)) ++changes[user];
  }
  EXPECT_GE(changes.size(), 8u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_FALSE(changes.contains(demo_people()[i].id)) << "documents show their presence";
  int all = 0;
  for (const auto& [user, count] : changes) all += count;
  EXPECT_EQ(all, static_cast<int>(10min / kDemoStep) + 1) << "a step that changes nothing";
}

TEST(DemoScript, ReturnsEachStepOnce) {
  DemoScript script(kBegin);
  EXPECT_FALSE(script.due(kBegin).empty());
  EXPECT_TRUE(script.due(kBegin).empty());
  EXPECT_TRUE(script.due(kBegin + kDemoStep - 1ms).empty());
  EXPECT_EQ(script.due(kBegin + kDemoStep).size(), 1u);
}

TEST(DemoScript, LeavesOutWhatWasMissed) {
  DemoScript script(kBegin);
  script.due(kBegin);
  EXPECT_EQ(script.due(kBegin + 59min).size(), 1u);
  EXPECT_GT(script.next(), kBegin + 59min);
}

TEST(DemoScript, GoesOnAfterTheClockWasSetBack) {
  DemoScript script(kBegin);
  script.due(kBegin + 1h);
  EXPECT_FALSE(script.due(kBegin + 30min).empty());
  EXPECT_FALSE(script.due(kBegin - 24h).empty());
  EXPECT_EQ(script.next(), kBegin - 24h + kDemoStep);
}

TEST(DemoScript, WritesThePlansEveryHour) {
  DemoScript script(kBegin);
  const std::size_t plans = demo_plans(kBegin, kBegin).size();
  EXPECT_EQ(script.due(kBegin).size(), plans + 1);
  EXPECT_EQ(script.due(kBegin + kDemoPlansEvery - 1ms).size(), 1u);
  EXPECT_EQ(script.due(kBegin + kDemoPlansEvery + kDemoStep).size(), plans + 1);
}

// So a stream sends no event for a calendar that only reaches further.
TEST(DemoPlans, AreTheSameWhenTheyAreWrittenAgain) {
  Stage stage;
  stage.perform(demo_plans(kBegin, kBegin), kBegin);
  for (auto& [user, record] : stage.records)
    record.sessions.push_back(
        presence::Session({demo_client(), user}, presence::kAvailable, kBegin, presence::kNever));
  for (Time now = kBegin + 1ms; now < kBegin + 3h; now += 7min) {
    Stage again = stage;
    again.perform(demo_plans(kBegin, now), now);
    for (const auto& [user, record] : stage.records) {
      EXPECT_EQ(visible(again.records[user], now), visible(record, now));
      EXPECT_EQ(next_planned_change(again.records[user], now), next_planned_change(record, now));
    }
  }
}

TEST(DemoPlans, HaveMeetingsThatBeginAndEndSoon) {
  Stage stage;
  stage.perform(demo_plans(kBegin, kBegin), kBegin);
  int begin = 0, end = 0;
  for (const auto& [user, record] : stage.records) {
    const presence::Extras& extras = *record.extras;
    if (!extras.calendar) continue;
    const auto edge = next_edge(extras.calendar->busy, kBegin);
    if (edge && *edge <= kBegin + 5min) ++(covers(extras.calendar->busy, kBegin) ? end : begin);
    EXPECT_GE(extras.calendar->busy.back().until, kBegin + kDemoPlansAhead - 30min);
  }
  EXPECT_GE(begin, 1);
  EXPECT_GE(end, 1);
}

}  // namespace
}  // namespace porchlight::admin
