// The work plan of a user: where the user works at which hours (spec presence §9, "Work plans in Graph"). It gives the
// scheduled layer of the work location. Recurrences repeat every week; single occurrences precede them.
//
// Local times stay local times, because a week has its hours by the clock on the wall. They are converted when they are
// read, so a plan needs no horizon.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/guid.h"
#include "base/shared.h"
#include "base/time.h"
#include "base/zone_offsets.h"
#include "presence/location.h"

namespace porchlight::presence {

// Ours: Graph documents no limits. A walk over the past of a record costs a step for each begin and end since its last
// event, and each step looks at all recurrences: three segments on each weekday.
inline constexpr std::size_t kWorkRecurrencesMax = 21;
inline constexpr std::size_t kWorkOccurrencesMax = 100;
// The longest period of a recurrence.
inline constexpr Duration kWorkSegmentMax = std::chrono::hours(24);
// Occurrences that ended so long ago are dropped with the next change of the plan.
inline constexpr Duration kWorkOccurrenceKept = std::chrono::days(90);

// How much of the work location others see (maxSharedWorkLocationDetails). The owner sees all of it.
enum class SharedLocation : std::uint8_t {
  kNone,         // nothing
  kApproximate,  // the type
  kSpecific,     // the type and the place
};

// A local time range in a zone.
struct LocalRange {
  LocalTime start, end;
  std::string zone;             // its name, as the client wrote it
  Shared<ZoneOffsets> offsets;  // of that zone; those of all plans share a table
  // What the client sent of both beyond the millisecond, in 100 ns; the rules ignore it, answers repeat it.
  std::uint16_t start_ticks = 0, end_ticks = 0;
  Time from() const { return offsets->to_time(start); }
  Time until() const { return offsets->to_time(end); }
  friend bool operator==(const LocalRange&, const LocalRange&) = default;
};

// A weekly pattern (workPlanRecurrence). It takes the hours from `range`: on each day of `days` from `first` on, from
// the start's time of day, for the length of the range.
struct WorkRecurrence {
  Guid id;
  std::uint8_t days = 0;  // bit n: the weekday n days after Sunday
  std::chrono::local_days first;
  std::optional<std::chrono::local_days> last = {};  // the last day on which it may begin
  LocalRange range;
  Location where;
  friend bool operator==(const WorkRecurrence&, const WorkRecurrence&) = default;
};

// The day of a recurrence.
struct RecurrenceDay {
  Guid recurrence;
  std::chrono::local_days day;
  friend bool operator==(const RecurrenceDay&, const RecurrenceDay&) = default;
};

// A single occurrence: a time off, or other hours or another location in place of a recurrence's day
// (workPlanOccurrence).
struct WorkOccurrence {
  Guid id;                                     // nil if it replaces a day
  std::optional<RecurrenceDay> replaces = {};  // nullopt for a time off
  LocalRange range;
  Location where;
  std::string subject = {};  // of a time off
  bool all_day = false;
  friend bool operator==(const WorkOccurrence&, const WorkOccurrence&) = default;
};

struct WorkPlan {
  SharedLocation shared = SharedLocation::kSpecific;
  std::vector<WorkRecurrence> recurrences = {};  // in the order of creation
  std::vector<WorkOccurrence> occurrences = {};  // likewise
  friend bool operator==(const WorkPlan&, const WorkPlan&) = default;
};

// One period of a plan. Points into it.
struct WorkPeriod {
  Time from, until;
  const Location* where = nullptr;
  const WorkRecurrence* recurrence =
      nullptr;  // with `day`: the one that it comes from; null for an occurrence
  std::chrono::local_days day = {};
  const WorkOccurrence* occurrence = nullptr;  // null for a recurrence's
};

// Whether the recurrence has a period that begins on that day, whether or not an occurrence replaces it.
bool occurs_on(const WorkRecurrence& recurrence, std::chrono::local_days day);
// The period of a recurrence on a day on which it occurs.
WorkPeriod period_on(const WorkRecurrence& recurrence, std::chrono::local_days day);

// The period at that time. Of several, the occurrence that begins last counts, then the first recurrence.
std::optional<WorkPeriod> period_at(const WorkPlan& plan, Time now);

// The first time after `now` at which period_at() may change; nullopt if it never does.
std::optional<Time> next_edge(const WorkPlan& plan, Time now);

// All periods that overlap [from, until), by begin. Periods of recurrences that an occurrence replaces are left out.
std::vector<WorkPeriod> periods_between(const WorkPlan& plan, Time from, Time until);

// Whether both have a period at the same local time on a day. Compares times of day and weekdays, so recurrences in
// different zones overlap if their clocks show the same hours.
bool overlap(const WorkRecurrence& a, const WorkRecurrence& b);

}  // namespace porchlight::presence
