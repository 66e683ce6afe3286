// Recurrences (RFC 5545 §3.3.10): when a rule happens, in the local time of its zone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "calendar/feed.h"
#include "calendar/values.h"

namespace porchlight::calendar {

// What all recurrences of a feed may cost together.
class WorkBudget {
 public:
  // Takes from what is left; false where that is not enough.
  bool spend(std::int64_t amount) {
    left_ -= amount;
    return left_ >= 0;
  }

 private:
  std::int64_t left_ = kWorkMax;
};

// Adds to `found`, in order, what `rule` gives in [from, until), beginning with `start`, which counts as the
// first whether it fits the rule or not, and going no further than `last`. False where the work is too much:
// then what was found is part of it.
//
// Rules are read kindly: a part that the RFC does not have for the frequency restricts it, and a BYDAY number
// that means nothing there is passed over. A yearly BYMONTHDAY without BYMONTH is that day of every month.
bool expand(const icalrecurrencetype& rule, LocalTime start, std::optional<LocalTime> last, LocalTime from,
            LocalTime until, WorkBudget& work, std::vector<LocalTime>& found);

}  // namespace porchlight::calendar
