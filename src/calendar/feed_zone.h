// The time zone of times in a feed: a known zone, or one that the feed defines itself (VTIMEZONE).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "calendar/lines.h"
#include "calendar/recurrence.h"
#include "timezone/zone.h"

namespace porchlight::calendar {

// A change of the offset from UTC.
struct OffsetChange {
  LocalTime at;  // in local time before the change
  Duration before;
  Duration after;
};

// A value; lookups cost a binary search over the changes.
class FeedZone {
 public:
  explicit FeedZone(timezone::Zone zone) : zone_(zone) {}
  // `changes` must not be empty. They need not be sorted.
  explicit FeedZone(std::vector<OffsetChange> changes);
  // The zone that is always `offset` east of UTC.
  explicit FeedZone(Duration offset);

  // As timezone::Zone: a local time in a gap is converted with the offset before the change, and of two times the first
  // is returned.
  Time to_time(LocalTime local) const;
  LocalTime to_local(Time time) const;

 private:
  timezone::Zone zone_;
  std::vector<OffsetChange> changes_;  // sorted by `at`; empty: zone_ is used
};

// Reads a VTIMEZONE. The result is right from 1970 until `until`.
Read<FeedZone> read_timezone(const Component& timezone, LocalTime until, WorkBudget& work);

}  // namespace porchlight::calendar
