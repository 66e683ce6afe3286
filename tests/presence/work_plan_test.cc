// Work plans: when recurrences and occurrences hold, against a model that looks at every minute, and the scheduled
// location that they give (spec presence §9, "Work plans in Graph").
#include "presence/work_plan.h"

#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::local_days;

// 2030-01-07 is a Monday.
constexpr local_days kMonday{std::chrono::year(2030) / 1 / 7};
constexpr std::uint8_t kSun = 1, kMon = 2, kTue = 4, kFri = 32, kSat = 64, kWorkdays = 62, kEveryDay = 127;

// UTC, and UTC+1 with an hour more from 2030-03-31T01:00Z to 2030-10-27T01:00Z, as Europe/Berlin.
Shared<ZoneOffsets> utc() { return ZoneOffsets(); }
Shared<ZoneOffsets> berlin() {
  constexpr Time kSpring{std::chrono::sys_days{std::chrono::year(2030) / 3 / 31} + 1h};
  constexpr Time kAutumn{std::chrono::sys_days{std::chrono::year(2030) / 10 / 27} + 1h};
  return ZoneOffsets(1h, {{kSpring, 2h}, {kAutumn, 1h}});
}

Time time_of(local_days day, Duration after = 0ms) { return Time(day.time_since_epoch() + after); }
LocalTime local(local_days day, Duration after = 0ms) { return LocalTime(day) + after; }

WorkRecurrence recurrence(std::uint8_t weekdays, Duration start, Duration end, local_days first = kMonday,
                          std::optional<local_days> last = {}) {
  return {.id = guid_from_name("recurrence"),
          .days = weekdays,
          .first = first,
          .last = last,
          .range = {local(first, start), local(first, end), "UTC", utc()},
          .where = {.type = LocationType::kOffice, .place = "B1"}};
}

WorkOccurrence time_off(Time from, Time until) {
  return {.id = guid_from_name("time off"),
          .range = {LocalTime(from.time_since_epoch()), LocalTime(until.time_since_epoch()), "UTC", utc()},
          .where = {.type = LocationType::kTimeOff}};
}

// Whether the recurrence holds at a time, from its definition alone.
bool holds_naively(const WorkRecurrence& one, Time now) {
  for (int back = 0; back <= 2; ++back) {
    const local_days day = std::chrono::floor<days>(one.range.offsets->to_local(now)) - days(back);
    if (((one.days >> std::chrono::weekday(day).c_encoding()) & 1) == 0) continue;
    if (day < one.first || (one.last && day > *one.last)) continue;
    const Duration start = one.range.start - std::chrono::floor<days>(one.range.start);
    const LocalTime begin = LocalTime(day) + start;
    const Time from = one.range.offsets->to_time(begin);
    const Time until = one.range.offsets->to_time(begin + (one.range.end - one.range.start));
    if (from <= now && now < until) return true;
  }
  return false;
}

TEST(WorkPlan, HoldsOnItsDaysAndHours) {
  struct Row {
    const char* name;
    WorkRecurrence one;
    Time now;
    bool holds;
  };
  const WorkRecurrence work = recurrence(kWorkdays, 9h, 17h), night = recurrence(kFri, 22h, 30h);
  const WorkRecurrence until_friday = recurrence(kWorkdays, 9h, 17h, kMonday, kMonday + days(4));
  const WorkRecurrence whole = recurrence(kMon, 0h, 24h);
  const Row rows[] = {
      {"at its begin", work, time_of(kMonday, 9h), true},
      {"just before", work, time_of(kMonday, 9h - 1ms), false},
      {"just before its end", work, time_of(kMonday, 17h - 1ms), true},
      {"at its end", work, time_of(kMonday, 17h), false},
      {"a week later", work, time_of(kMonday + days(7), 12h), true},
      {"fifty years later", work, time_of(kMonday + days(50 * 364), 12h), true},
      {"on a Saturday", work, time_of(kMonday + days(5), 12h), false},
      {"the week before", work, time_of(kMonday - days(7), 12h), false},
      {"over midnight, before it", night, time_of(kMonday + days(4), 23h), true},
      {"over midnight, behind it", night, time_of(kMonday + days(5), 5h), true},
      {"over midnight, at its end", night, time_of(kMonday + days(5), 6h), false},
      {"on the last day", until_friday, time_of(kMonday + days(4), 9h), true},
      {"after the last day", until_friday, time_of(kMonday + days(7), 9h), false},
      {"a whole day, at midnight", whole, time_of(kMonday), true},
      {"a whole day, at the next", whole, time_of(kMonday + days(1)), false},
  };
  for (const Row& row : rows) {
    const WorkPlan plan{.recurrences = {row.one}};
    EXPECT_EQ(period_at(plan, row.now).has_value(), row.holds) << row.name;
    EXPECT_EQ(holds_naively(row.one, row.now), row.holds) << row.name;
  }
}

// Every quarter of an hour of a year with both changes of the clocks: period_at() agrees with the definition, no edge
// of next_edge() is missed, and periods_between() has exactly these periods.
TEST(WorkPlan, AgreesWithItsDefinitionOverAYear) {
  WorkRecurrence work = recurrence(kMon | kTue | kFri, 9h, 17h), night = recurrence(kSat, 22h, 31h);
  WorkRecurrence at_the_change = recurrence(kSun, 2h + 15min, 2h + 45min);
  for (WorkRecurrence* one : {&work, &night, &at_the_change}) one->range.offsets = berlin();
  for (const WorkRecurrence& one : {work, night, at_the_change}) {
    const WorkPlan plan{.recurrences = {one}};
    const Time end = time_of(kMonday + days(366));
    bool before = false;
    std::optional<Time> edge = next_edge(plan, time_of(kMonday) - 1ms);
    std::size_t begins = 0;
    for (Time now = time_of(kMonday); now < end; now += 15min) {
      const bool holds = period_at(plan, now).has_value();
      ASSERT_EQ(holds, holds_naively(one, now)) << now.time_since_epoch().count();
      while (edge && *edge < now) edge = next_edge(plan, *edge);
      if (holds != before) {
        ASSERT_EQ(edge, now);
      }
      begins += holds && !before;
      before = holds;
    }
    EXPECT_EQ(periods_between(plan, time_of(kMonday), end).size(), begins);
  }
}

TEST(WorkPlan, HasNoEdgeAfterItsEnd) {
  const WorkPlan plan{.recurrences = {recurrence(kEveryDay, 9h, 17h, kMonday, kMonday)}};
  EXPECT_EQ(next_edge(plan, time_of(kMonday) - days(3650)), time_of(kMonday, 9h));
  EXPECT_EQ(next_edge(plan, time_of(kMonday, 9h)), time_of(kMonday, 17h));
  EXPECT_EQ(next_edge(plan, time_of(kMonday, 17h)), std::nullopt);
  EXPECT_EQ(next_edge(WorkPlan{}, time_of(kMonday)), std::nullopt);
}

// An interval has the periods that share more than its ends.
TEST(WorkPlan, PeriodsBetweenExcludesThoseThatTouch) {
  const WorkPlan plan{.recurrences = {recurrence(kEveryDay, 9h, 17h, kMonday, kMonday)}};
  const struct {
    Duration from, until;
    std::size_t count;
  } rows[] = {{8h, 9h, 0}, {8h, 9h + 1ms, 1}, {17h, 18h, 0}, {17h - 1ms, 18h, 1}, {10h, 11h, 1}};
  for (const auto& row : rows)
    EXPECT_EQ(periods_between(plan, time_of(kMonday, row.from), time_of(kMonday, row.until)).size(),
              row.count)
        << row.from / 1ms << ' ' << row.until / 1ms;
}

TEST(WorkPlan, OccurrencesPrecedeRecurrences) {
  WorkPlan plan{.recurrences = {recurrence(kWorkdays, 9h, 17h)},
                .occurrences = {time_off(time_of(kMonday, 12h), time_of(kMonday + days(1), 12h))}};
  EXPECT_EQ(period_at(plan, time_of(kMonday, 10h))->where->type, LocationType::kOffice);
  EXPECT_EQ(period_at(plan, time_of(kMonday, 13h))->where->type, LocationType::kTimeOff);
  EXPECT_EQ(period_at(plan, time_of(kMonday + days(1), 13h))->where->type, LocationType::kOffice);
  EXPECT_EQ(next_edge(plan, time_of(kMonday, 10h)), time_of(kMonday, 12h));
  // Other hours in place of Monday's: the recurrence does not hold on that day at all.
  WorkOccurrence instead = time_off(time_of(kMonday, 7h), time_of(kMonday, 8h));
  instead.id = {};
  instead.replaces = RecurrenceDay{plan.recurrences[0].id, kMonday};
  plan.occurrences = {instead};
  EXPECT_EQ(period_at(plan, time_of(kMonday, 10h)), std::nullopt);
  EXPECT_TRUE(period_at(plan, time_of(kMonday, 7h)));
  EXPECT_TRUE(period_at(plan, time_of(kMonday + days(1), 10h)));
  EXPECT_EQ(periods_between(plan, time_of(kMonday), time_of(kMonday + days(2))).size(), 2U);
}

TEST(WorkPlan, Overlaps) {
  struct Row {
    const char* name;
    WorkRecurrence a, b;
    bool expected;
  };
  const WorkRecurrence morning = recurrence(kWorkdays, 9h, 12h);
  const Row rows[] = {
      {"the same", morning, morning, true},
      {"the next hours", morning, recurrence(kWorkdays, 12h, 17h), false},
      {"a millisecond in common", morning, recurrence(kWorkdays, 12h - 1ms, 17h), true},
      {"another day", recurrence(kMon, 9h, 12h), recurrence(kTue, 9h, 12h), false},
      {"one day in common", recurrence(kMon | kTue, 9h, 12h), recurrence(kTue | kFri, 9h, 12h), true},
      {"over midnight into the next", recurrence(kMon, 22h, 30h), recurrence(kTue, 5h, 9h), true},
      {"over midnight up to the next", recurrence(kMon, 22h, 29h), recurrence(kTue, 5h, 9h), false},
      {"over the end of the week", recurrence(kSat, 22h, 30h), recurrence(kSun, 5h, 9h), true},
      {"over the end of the week, turned", recurrence(kSun, 5h, 9h), recurrence(kSat, 22h, 30h), true},
      {"one inside the other", recurrence(kMon, 0h, 24h), recurrence(kMon, 9h, 10h), true},
      {"one ends before the other begins", recurrence(kMon, 9h, 12h, kMonday, kMonday + days(7)),
       recurrence(kMon, 9h, 12h, kMonday + days(8)), false},
      {"one ends on the day of the other", recurrence(kMon, 9h, 12h, kMonday, kMonday + days(7)),
       recurrence(kMon, 9h, 12h, kMonday + days(7)), true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(overlap(row.a, row.b), row.expected) << row.name;
    EXPECT_EQ(overlap(row.b, row.a), row.expected) << row.name;
  }
}

// A record with a plan, from commands as decide() takes them.
class PlanStory : public ::testing::Test {
 protected:
  static constexpr Time kStart = Time(kMonday.time_since_epoch() + std::chrono::hours(8));
  // Applies the command; the rejection, or nullopt.
  std::optional<Rejection> attempt(const Command& command, Time now = kStart) {
    const auto event = decide(record, command, now);
    if (!event) return event.error();
    if (*event) apply(record, **event);
    return std::nullopt;
  }
  LocationType type_at(Time now) const {
    const CurrentLocation current = location_at(record, now);
    return current.location ? current.location->type : LocationType::kUnspecified;
  }
  WorkRecurrence numbered(int number, std::uint8_t weekdays, Duration start, Duration end) {
    WorkRecurrence one = recurrence(weekdays, start, end);
    one.id = guid_from_name(std::to_string(number));
    return one;
  }
  Record record;
};

TEST_F(PlanStory, GivesTheScheduledLocation) {
  EXPECT_EQ(attempt(PutWorkRecurrence{recurrence(kWorkdays, 9h, 17h)}), std::nullopt);
  EXPECT_EQ(type_at(time_of(kMonday, 8h)), LocationType::kUnspecified);
  EXPECT_EQ(type_at(time_of(kMonday, 9h)), LocationType::kOffice);
  EXPECT_EQ(location_at(record, time_of(kMonday, 9h)).layer, LocationLayer::kScheduled);
  EXPECT_EQ(next_change(record, kStart), time_of(kMonday, 9h));
  EXPECT_EQ(sequence(record, kStart + days(7)), next_sequence(0, time_of(kMonday + days(4), 17h)));
  // A manual location precedes it, and the scheduled layer's own does as well.
  EXPECT_EQ(attempt(SetLocation{LocationLayer::kScheduled,
                                {.type = LocationType::kRemote, .until = time_of(kMonday, 10h)}}),
            std::nullopt);
  EXPECT_EQ(type_at(time_of(kMonday, 9h + 59min)), LocationType::kRemote);
  EXPECT_EQ(type_at(time_of(kMonday, 10h)), LocationType::kOffice);
  EXPECT_EQ(attempt(RemoveWorkRecurrence{recurrence(1, 0h, 1h).id}), std::nullopt);
  EXPECT_EQ(type_at(time_of(kMonday, 10h)), LocationType::kUnspecified);
  EXPECT_FALSE(record.extras && record.extras->plan);
}

TEST_F(PlanStory, APeriodOfUnspecifiedTypeGivesNone) {
  WorkRecurrence one = recurrence(kWorkdays, 9h, 17h);
  one.where.type = LocationType::kUnspecified;
  attempt(PutWorkRecurrence{one});
  EXPECT_EQ(location_at(record, time_of(kMonday, 9h)).location, nullptr);
}

TEST_F(PlanStory, TheCurrentLocationEndsWithThePeriodOrTheDay) {
  attempt(PutWorkRecurrence{numbered(1, kWorkdays, 9h, 12h)});
  attempt(PutWorkRecurrence{numbered(2, kWorkdays, 13h, 17h)});
  struct Row {
    const char* name;
    Duration now;
    bool whole_day;
    Duration until;
  };
  const Row rows[] = {
      {"a period", 9h, false, 12h},
      {"the last millisecond of a period", 12h - 1ms, false, 12h},
      {"the period behind it", 13h, false, 17h},
      {"between periods", 12h, false, 24h},
      {"after the last", 17h, false, 24h},
      {"the day before work", 8h, true, 17h},
      {"the day at work", 10h, true, 17h},
      {"the day between periods", 12h, true, 17h},
      {"the day in the last period", 16h, true, 17h},
      {"the day after the last", 17h, true, 24h},
      {"the end of the day", 24h - 1ms, true, 24h},
  };
  for (const Row& row : rows) {
    const SetCurrentLocation set{{.type = LocationType::kRemote, .until = time_of(kMonday, 24h)},
                                 row.whole_day};
    EXPECT_EQ(attempt(set, time_of(kMonday, row.now)), std::nullopt) << row.name;
    EXPECT_EQ(record.extras->locations[2]->until, time_of(kMonday, row.until)) << row.name;
    record.extras->locations[2].reset();
  }
}

TEST_F(PlanStory, Rejections) {
  const WorkRecurrence work = numbered(1, kWorkdays, 9h, 17h);
  const WorkOccurrence off = time_off(kStart, kStart + 1h);
  WorkOccurrence instead = off;
  instead.id = {};
  const auto replacing = [&](const Guid& id, local_days day) {
    instead.replaces = RecurrenceDay{id, day};
    return PutWorkOccurrence{instead};
  };
  attempt(PutWorkRecurrence{work});
  attempt(PutWorkOccurrence{off});
  const Guid unknown = guid_from_name("unknown");
  WorkOccurrence unknown_off = off;
  unknown_off.id = unknown;
  const std::tuple<const char*, Command, std::optional<Rejection>> rows[] = {
      {"the same hours", PutWorkRecurrence{numbered(2, kMon, 16h, 18h)}, Rejection::kWorkPlanOverlap},
      {"replaced by itself", PutWorkRecurrence{work, true}, std::nullopt},
      {"an unknown one replaced", PutWorkRecurrence{numbered(3, kSun, 9h, 10h), true},
       Rejection::kWorkPlanNotFound},
      {"an unknown one removed", RemoveWorkRecurrence{unknown}, Rejection::kWorkPlanNotFound},
      {"a time off changed", PutWorkOccurrence{off, true}, std::nullopt},
      {"an unknown time off changed", PutWorkOccurrence{unknown_off, true}, Rejection::kWorkPlanNotFound},
      {"an unknown time off removed", RemoveWorkOccurrence{unknown}, Rejection::kWorkPlanNotFound},
      {"a day of the recurrence", replacing(work.id, kMonday + days(1)), std::nullopt},
      {"the same day again", replacing(work.id, kMonday + days(1)), std::nullopt},
      {"a day without it", replacing(work.id, kMonday + days(5)), Rejection::kWorkPlanNotFound},
      {"a day before it", replacing(work.id, kMonday - days(7)), Rejection::kWorkPlanNotFound},
      {"a day of an unknown one", replacing(unknown, kMonday), Rejection::kWorkPlanNotFound},
      {"a replaced day is no time off", RemoveWorkOccurrence{Guid{}}, Rejection::kWorkPlanNotFound},
  };
  for (const auto& [name, command, expected] : rows) EXPECT_EQ(attempt(command), expected) << name;
  EXPECT_EQ(record.extras->plan->occurrences.size(), 2U);
  // The occurrences in place of its days go with the recurrence.
  attempt(RemoveWorkRecurrence{work.id});
  EXPECT_EQ(record.extras->plan->occurrences.size(), 1U);
}

TEST_F(PlanStory, HasLimits) {
  for (std::size_t i = 0; i < kWorkRecurrencesMax; ++i)
    EXPECT_EQ(attempt(PutWorkRecurrence{numbered(static_cast<int>(i), kMon, Duration(i), Duration(i + 1))}),
              std::nullopt);
  EXPECT_EQ(attempt(PutWorkRecurrence{numbered(99, kMon, 1h, 2h)}), Rejection::kWorkPlanFull);
  for (std::size_t i = 0; i < kWorkOccurrencesMax; ++i) {
    WorkOccurrence off = time_off(kStart, kStart + 1h);
    off.id = guid_from_name(std::to_string(i));
    EXPECT_EQ(attempt(PutWorkOccurrence{off}), std::nullopt);
  }
  const PutWorkOccurrence one_more{time_off(kStart, kStart + 1h)};
  EXPECT_EQ(attempt(one_more), Rejection::kWorkPlanFull);
  // Occurrences that ended long ago make room.
  EXPECT_EQ(attempt(one_more, kStart + 1h + kWorkOccurrenceKept), Rejection::kWorkPlanFull);
  EXPECT_EQ(attempt(one_more, kStart + 1h + kWorkOccurrenceKept + 1ms), std::nullopt);
}

TEST_F(PlanStory, AnUnchangedPlanCausesNoEvent) {
  EXPECT_FALSE(decide(record, SetSharedLocation{SharedLocation::kSpecific}, kStart)->has_value());
  EXPECT_EQ(attempt(SetSharedLocation{SharedLocation::kNone}), std::nullopt);
  EXPECT_EQ(visible(record, kStart).shared, SharedLocation::kNone);
  EXPECT_FALSE(decide(record, SetSharedLocation{SharedLocation::kNone}, kStart)->has_value());
}

}  // namespace
}  // namespace porchlight::presence::testing
