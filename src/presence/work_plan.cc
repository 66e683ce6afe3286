// Periods of a work plan. A recurrence is checked on the days around a time: a period begins on the day before at the
// earliest, because it is at most kWorkSegmentMax long.
#include "presence/work_plan.h"

#include <algorithm>
#include <tuple>

namespace porchlight::presence {
namespace {

using std::chrono::days;
using std::chrono::local_days;

local_days day_of(LocalTime time) { return std::chrono::floor<days>(time); }

constexpr int kWeek = 7;  // days

bool is_replaced(const WorkPlan& plan, const WorkRecurrence& recurrence, local_days day) {
  return std::ranges::any_of(plan.occurrences, [&](const WorkOccurrence& occurrence) {
    return occurrence.replaces && occurrence.replaces->day == day &&
           occurrence.replaces->recurrence == recurrence.id;
  });
}

WorkPeriod period_of(const WorkOccurrence& occurrence) {
  return {.from = occurrence.range.from(),
          .until = occurrence.range.until(),
          .where = &occurrence.where,
          .occurrence = &occurrence};
}

bool contains(const WorkPeriod& period, Time now) { return period.from <= now && now < period.until; }

// Calls `use` with each day from `day` on, up to `end`, on which the recurrence occurs.
template <typename Use>
void for_each_day(const WorkRecurrence& recurrence, local_days day, local_days end, Use&& use) {
  for (day = std::max(day, recurrence.first); day <= end; day += days(1))
    if (occurs_on(recurrence, day)) use(day);
}

// Milliseconds since the start of the week in which Sunday is day 0.
Duration week_time(int weekday, LocalTime time) { return days(weekday) + Duration(time - day_of(time)); }

bool ranges_meet(const WorkRecurrence& a, const WorkRecurrence& b) {
  return (!a.last || b.first <= *a.last) && (!b.last || a.first <= *b.last);
}

}  // namespace

bool occurs_on(const WorkRecurrence& recurrence, local_days day) {
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  return ((recurrence.days >> weekday) & 1) != 0 && day >= recurrence.first &&
         (!recurrence.last || day <= *recurrence.last);
}

WorkPeriod period_on(const WorkRecurrence& recurrence, local_days day) {
  const LocalRange& range = recurrence.range;
  const LocalTime start = LocalTime(day) + (range.start - day_of(range.start));
  return {.from = recurrence.range.offsets->to_time(start),
          .until = recurrence.range.offsets->to_time(start + (range.end - range.start)),
          .where = &recurrence.where,
          .recurrence = &recurrence,
          .day = day};
}

std::optional<WorkPeriod> period_at(const WorkPlan& plan, Time now) {
  std::optional<WorkPeriod> found;
  for (const WorkOccurrence& occurrence : plan.occurrences) {
    const WorkPeriod period = period_of(occurrence);
    if (contains(period, now) && (!found || period.from > found->from)) found = period;
  }
  for (const WorkRecurrence& recurrence : plan.recurrences) {
    if (found) return found;
    const local_days today = day_of(recurrence.range.offsets->to_local(now));
    for_each_day(recurrence, today - days(1), today, [&](local_days day) {
      const WorkPeriod period = period_on(recurrence, day);
      if (!found && contains(period, now) && !is_replaced(plan, recurrence, day)) found = period;
    });
  }
  return found;
}

std::optional<Time> next_edge(const WorkPlan& plan, Time now) {
  std::optional<Time> next;
  const auto consider = [&](const WorkPeriod& period) {
    for (const Time edge : {period.from, period.until})
      if (edge > now && (!next || edge < *next)) next = edge;
  };
  for (const WorkOccurrence& occurrence : plan.occurrences) consider(period_of(occurrence));
  for (const WorkRecurrence& recurrence : plan.recurrences) {
    const local_days today = day_of(recurrence.range.offsets->to_local(now));
    const local_days begin = std::max(today - days(1), recurrence.first);
    for_each_day(recurrence, begin, begin + days(kWeek + 1),
                 [&](local_days day) { consider(period_on(recurrence, day)); });
  }
  return next;
}

std::vector<WorkPeriod> periods_between(const WorkPlan& plan, Time from, Time until) {
  std::vector<WorkPeriod> periods;
  const auto add = [&](const WorkPeriod& period) {
    if (period.from < until && from < period.until) periods.push_back(period);
  };
  for (const WorkOccurrence& occurrence : plan.occurrences) add(period_of(occurrence));
  for (const WorkRecurrence& recurrence : plan.recurrences) {
    const local_days begin = day_of(recurrence.range.offsets->to_local(from)) - days(1);
    for_each_day(recurrence, begin, day_of(recurrence.range.offsets->to_local(until)), [&](local_days day) {
      if (!is_replaced(plan, recurrence, day)) add(period_on(recurrence, day));
    });
  }
  // Periods of one time are in the order of the plan. The pointers of each kind are into one vector of it.
  std::ranges::sort(periods, {}, [](const WorkPeriod& period) {
    return std::tuple(period.from, period.occurrence == nullptr, period.occurrence, period.recurrence);
  });
  return periods;
}

bool overlap(const WorkRecurrence& a, const WorkRecurrence& b) {
  if (!ranges_meet(a, b)) return false;
  const Duration a_length = a.range.end - a.range.start, b_length = b.range.end - b.range.start;
  for (int of_a = 0; of_a < kWeek; ++of_a) {
    for (int of_b = 0; of_b < kWeek; ++of_b) {
      if (((a.days >> of_a) & 1) == 0 || ((b.days >> of_b) & 1) == 0) continue;
      // A period of Saturday may reach into the week that follows.
      for (const Duration shift : {Duration(-days(kWeek)), Duration(0), Duration(days(kWeek))}) {
        const Duration a_from = week_time(of_a, a.range.start),
                       b_from = week_time(of_b, b.range.start) + shift;
        if (a_from < b_from + b_length && b_from < a_from + a_length) return true;
      }
    }
  }
  return false;
}

}  // namespace porchlight::presence
