// What a feed's times are told by: a zone that is known, or one that the feed itself describes (VTIMEZONE).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "calendar/lines.h"
#include "calendar/recurrence.h"
#include "timezone/zone.h"

namespace porchlight::calendar {

// A change of the offset, in the local time before it.
struct OffsetChange {
  LocalTime at;
  Duration before;
  Duration after;
};

class FeedZone {
 public:
  explicit FeedZone(timezone::Zone zone) : zone_(zone) {}
  // At least one change.
  explicit FeedZone(std::vector<OffsetChange> changes);

  // As in timezone::Zone: in a gap as much later, of two the first.
  Time to_time(LocalTime local) const;
  LocalTime to_local(Time time) const;

 private:
  timezone::Zone zone_;
  std::vector<OffsetChange> changes_;  // empty: zone_ counts
};

// The clock of a VTIMEZONE, right from 1970 until `until`; or what is wrong with it.
std::expected<FeedZone, std::string> read_timezone(const Component& timezone, LocalTime until,
                                                   WorkBudget& work);

}  // namespace porchlight::calendar
