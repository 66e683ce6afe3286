// The bodies and ids of a work plan's parts, and the arguments of occurrencesView (spec presence §9, "Work plans in
// Graph"). Parsing checks types; values are checked later, after the caller's permission.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/wire/date_time_zone.h"
#include "presence/work_plan.h"

namespace porchlight::graph {

inline constexpr std::size_t kPlaceIdCharsMax = 256;
inline constexpr std::size_t kTimeOffSubjectCharsMax = 256;

// recurrence: { pattern, range }, as written.
struct PatternBody {
  std::string type, range_type, start_date, end_date, zone;
  std::int64_t interval = 1;
  std::vector<std::string> days;
};

// A workPlanRecurrence or workPlanOccurrence, as written. Other members are ignored.
struct PlanPartBody {
  std::string type, place, subject;
  DateTimeZoneBody start, end;
  std::optional<PatternBody> pattern;
  bool all_day = false;
};

// 400 if start, end or workLocationType are missing; and the pattern, if the part is a recurrence.
Result<PlanPartBody> parse_plan_part(const JsonBody& body, bool is_recurrence);

// The type and place of a location. `allowed` names the types for the message of the 400.
Result<presence::Location> to_plan_location(std::string_view type, std::string_view place, const Guid& by,
                                            std::initializer_list<presence::LocationType> allowed);

// 400 for a value that Graph does not document, and for a pattern other than weekly with an interval of one week.
Result<presence::WorkRecurrence> to_recurrence(const PlanPartBody& body, const Guid& id, const Guid& by);
// A time off, or, with `replaces`, the occurrence in place of a recurrence's day.
Result<presence::WorkOccurrence> to_occurrence(const PlanPartBody& body, const Guid& id, const Guid& by,
                                               std::optional<presence::RecurrenceDay> replaces = {});

// The value of maxSharedWorkLocationDetails.
Result<presence::SharedLocation> to_shared_location(std::string_view text);
std::string_view shared_location_name(presence::SharedLocation shared);

// The id of a recurrence or a time off, and of a recurrence's day: base64url, like Outlook's ids.
std::string plan_part_id(const Guid& id);
std::string plan_part_id(const presence::RecurrenceDay& day);
struct PlanPartId {
  Guid id;  // nil if it names a day
  std::optional<presence::RecurrenceDay> day;
};
std::optional<PlanPartId> parse_plan_part_id(std::string_view text);

// The texts of `startDateTime='…',endDateTime='…'`. 400 unless both are given once.
struct ViewArguments {
  std::string start, end;
};
Result<ViewArguments> parse_view_arguments(std::string_view text);

// The longest range of occurrencesView; ours.
inline constexpr Duration kPlanViewMax = std::chrono::days(366);
// 400 for a text that is no time, an empty or reversed range, and one longer than kPlanViewMax. A time without an
// offset is UTC.
Result<presence::Span> to_view_range(const ViewArguments& arguments);

}  // namespace porchlight::graph
