// Expands recurrence rules (RFC 5545 §3.3.10) to the local times of their occurrences.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "calendar/feed.h"
#include "calendar/values.h"

namespace porchlight::calendar {

// The work that all recurrences of one feed may take together: kWorkMax.
class WorkBudget {
 public:
  // Takes `amount` from the budget. Returns false if the budget is used up.
  bool spend(std::int64_t amount) {
    left_ -= amount;
    return left_ >= 0;
  }

 private:
  std::int64_t left_ = kWorkMax;
};

// Appends to `found` the occurrences of `rule` within [from, until), in order. The first occurrence is `start`, even if
// it does not match the rule; the last is at or before `last`. Returns false if the work budget is used up; `found` is
// then incomplete.
//
// Rules are read leniently: a part that the RFC does not define for the frequency restricts the occurrences, and a
// BYDAY number without a meaning there is ignored. A yearly BYMONTHDAY without BYMONTH is that day of every month.
bool expand(const icalrecurrencetype& rule, LocalTime start, std::optional<LocalTime> last, LocalTime from,
            LocalTime until, WorkBudget& work, std::vector<LocalTime>& found);

}  // namespace porchlight::calendar
