// Intervals of a timeline, against the state of each minute.
#include "history/intervals.h"

#include <gtest/gtest.h>

#include <numeric>

#include "history/random_history.h"

namespace porchlight::history {
namespace {

using presence::kDocumentedPolicy;
using presence::testing::pair;
using presence::testing::Story;
using namespace std::chrono_literals;

const Time kStart = presence::testing::kStart;

std::optional<presence::State> no_mask(const Record&) { return std::nullopt; }

// A random timeline in whole minutes.
Timeline any_timeline(Dice& dice) {
  Timeline timeline;
  std::optional<Record> record;
  Time now = kStart - 60min;
  while (now < kStart + 12h) {
    now += presence::testing::kStep * static_cast<int>(dice.below(40));
    if (dice.one_in(8)) {
      record.reset();
    } else if (!record) {
      record = Record{};
    } else if (const auto event = presence::decide(*record, any_command(dice, now), now); event && *event) {
      presence::apply(*record, **event);
    }
    if (now <= kStart) {
      timeline.before = record;
    } else if (!timeline.changes.empty() && timeline.changes.back().at == now) {
      timeline.changes.back().record = record;
    } else if (now < kStart + 12h) {
      timeline.changes.push_back({now, record});
    }
  }
  timeline.until = kStart + 12h;
  return timeline;
}

// The record in force at a time.
const std::optional<Record>& in_force(const Timeline& timeline, Time time) {
  const std::optional<Record>* record = &timeline.before;
  for (const RecordChange& change : timeline.changes)
    if (change.at <= time) record = &change.record;
  return *record;
}

// The interval that contains a time; otherwise null.
const Interval* interval_at(const std::vector<Interval>& list, Time time) {
  for (const Interval& interval : list)
    if (interval.start <= time && time < interval.end) return &interval;
  return nullptr;
}

TEST(Intervals, HaveTheStateOfEachMinute) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const Timeline timeline = any_timeline(dice);
    const Intervals intervals = intervals_of(timeline, kStart, kDocumentedPolicy, no_mask, SIZE_MAX);
    ASSERT_EQ(intervals.until, timeline.until);
    for (Time time = kStart; time < timeline.until; time += 1min) {
      const auto& record = in_force(timeline, time);
      const Interval* const interval = interval_at(intervals.list, time);
      ASSERT_EQ(interval != nullptr, record.has_value());
      if (!record) continue;
      const auto seen = presence::explain(*record, time);
      ASSERT_EQ(interval->state, seen.state);
      ASSERT_EQ(interval->out_of_office, seen.out_of_office);
    }
    for (std::size_t i = 1; i < intervals.list.size(); ++i) {
      const Interval &last = intervals.list[i - 1], &next = intervals.list[i];
      ASSERT_LE(last.end, next.start);
      ASSERT_FALSE(last.end == next.start && last.state == next.state &&
                   last.out_of_office == next.out_of_office)
          << "adjacent intervals differ";
    }
  }
}

TEST(Intervals, JoinFromPages) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    Timeline timeline = any_timeline(dice);
    const auto whole = intervals_of(timeline, kStart, kDocumentedPolicy, no_mask, SIZE_MAX);
    std::vector<Interval> joined;
    for (Time from = kStart; from < timeline.until;) {
      const std::size_t limit = 1 + dice.below(4);
      const auto page = intervals_of(timeline, from, kDocumentedPolicy, no_mask, limit);
      ASSERT_GT(page.until, from);
      ASSERT_LE(page.list.size(), limit);
      ASSERT_TRUE(page.list.size() == limit || page.until == timeline.until);
      joined.insert(joined.end(), page.list.begin(), page.list.end());
      // The rest of the timeline, for the next page.
      timeline.before = in_force(timeline, page.until);
      std::erase_if(timeline.changes, [&](const RecordChange& change) { return change.at <= page.until; });
      from = page.until;
    }
    ASSERT_EQ(joined, whole.list);
  }
}

TEST(Intervals, AddUpToTotals) {
  Story story;
  story.at(0min).set("A", "Available/Available", 1h);
  Timeline timeline{story.record, {}, kStart + 2h};
  const auto intervals = intervals_of(timeline, kStart, kDocumentedPolicy, no_mask, 10);
  const std::vector<Interval> expected = {
      {kStart, kStart + 5min, pair("Available/Available"), false},
      {kStart + 5min, kStart + 10min, pair("Available/AvailableInactive"), false},
      {kStart + 10min, kStart + 1h, pair("Away/Away"), false},
      {kStart + 1h, kStart + 2h, pair("Offline/Offline"), false},
  };
  EXPECT_EQ(intervals.list, expected);
  EXPECT_EQ(totals_of(intervals.list), (std::vector<Total>{{pair("Available/Available"), 5min},
                                                           {pair("Available/AvailableInactive"), 5min},
                                                           {pair("Away/Away"), 50min},
                                                           {pair("Offline/Offline"), 1h}}));
}

TEST(Intervals, ShowTheMaskAsLongAsItsRecord) {
  Story open, shut;
  open.at(0min).set("A", "Available/Available", 1h);
  shut.at(0min).set("A", "Available/Available", 1h);
  shut.at(10min).set("A", "Busy/InACall", 1h);
  const Timeline timeline{open.record, {{kStart + 10min, shut.record}}, kStart + 2h};
  const auto mask = [&](const Record& record) {
    return record == open.record ? std::nullopt : std::optional(pair("Offline/Offline"));
  };
  const std::vector<Interval> expected = {
      {kStart, kStart + 5min, pair("Available/Available"), false},
      {kStart + 5min, kStart + 10min, pair("Available/AvailableInactive"), false},
      {kStart + 10min, kStart + 2h, pair("Offline/Offline"), false},
  };
  EXPECT_EQ(intervals_of(timeline, kStart, kDocumentedPolicy, mask, 3).list, expected);
  const auto cut = intervals_of(timeline, kStart, kDocumentedPolicy, mask, 2);
  EXPECT_EQ(cut.list.size(), 2U);
  EXPECT_EQ(cut.until, kStart + 10min);
}

// A record that another follows at once was in force for no time, masked or not.
TEST(Intervals, HaveALength) {
  Story first, second;
  first.at(0min).set("A", "Available/Available", 1h);
  second.at(0min).set("A", "Busy/InACall", 4h);
  const Timeline timeline{first.record, {{kStart, second.record}}, kStart + 1h};
  const auto mask = [&](const Record& record) {
    return record == first.record ? std::optional(pair("Offline/Offline")) : std::nullopt;
  };
  const std::vector<Interval> expected = {{kStart, kStart + 1h, pair("Busy/InACall"), false}};
  EXPECT_EQ(intervals_of(timeline, kStart, kDocumentedPolicy, mask, 3).list, expected);
}

TEST(Intervals, AreEmptyIfTheUserDidNotExist) {
  const auto intervals =
      intervals_of({std::nullopt, {}, kStart + 1h}, kStart, kDocumentedPolicy, no_mask, 10);
  EXPECT_TRUE(intervals.list.empty());
  EXPECT_EQ(intervals.until, kStart + 1h);
  EXPECT_TRUE(totals_of(intervals.list).empty());
}

}  // namespace
}  // namespace porchlight::history
