// Parts of a work plan as Graph writes them, and the query options that select their members (spec presence §9, "Work
// plans in Graph").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "graph/wire/query.h"
#include "presence/work_plan.h"

namespace porchlight::graph {

// A set of members: id, recurrenceId, workLocationType, placeId, start, end, timeOffDetails, recurrence; one bit for
// each, in the order in which they are written.
using PlanSelection = std::uint8_t;
inline constexpr PlanSelection kOfOccurrence = 0b0111'1111, kOfRecurrence = 0b1011'1101;

struct PlanQuery {
  PlanSelection select = 0;
  std::size_t top = kTopMax;
  std::optional<std::string> skip_token;
};

// Parses $select, and of a list $top and $skiptoken. 400 for other options, and for a member that is not `allowed`.
Result<PlanQuery> parse_plan_query(std::string_view text, PlanSelection allowed, bool is_list);

// A part of the plan as it is written. Refers to the plan.
struct PlanPart {
  std::string id, recurrence_id;  // empty: null
  presence::LocationType type;
  std::string_view place;
  SentLocalTime start, end;
  std::string_view zone;
  const presence::WorkOccurrence* time_off = nullptr;    // has details
  const presence::WorkRecurrence* recurrence = nullptr;  // has a pattern
};

PlanPart part_of(const presence::WorkRecurrence& recurrence);
PlanPart part_of(const presence::WorkOccurrence& occurrence);
PlanPart part_of(const presence::WorkPeriod& period);

// Adds the selected members. `recurrence` needs a part of a recurrence.
void write_part(JsonObject& out, const PlanPart& part, PlanSelection select);

}  // namespace porchlight::graph
