// Expands recurrence rules (RFC 5545 §3.3.10) to the local times of their occurrences.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "calendar/values.h"
#include "calendar/work_budget.h"

namespace porchlight::calendar {

// Appends to `found` the occurrences of `rule` within [from, until), in order. The first occurrence is `start`, even if
// it does not match the rule; the last is at or before `last`. Returns false if the work budget is used up; `found` is
// then incomplete.
//
// Rules are read leniently: a part that the RFC does not define for the frequency restricts the occurrences, and a
// BYDAY number without a meaning there is ignored. A yearly BYMONTHDAY without BYMONTH is that day of every month.
bool expand(const icalrecurrencetype& rule, LocalTime start, std::optional<LocalTime> last, LocalTime from,
            LocalTime until, WorkBudget& work, std::vector<LocalTime>& found);

}  // namespace porchlight::calendar
