// The zones that the times of one VCALENDAR are in.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <expected>
#include <string>
#include <string_view>

#include "calendar/feed_zone.h"

namespace porchlight::calendar {

// Looks zones up by name, each name once.
class FeedZones {
 public:
  // A zone, or why there is no such zone: `what` and `detail` of a Fault. Pointers are valid as long as the FeedZones.
  struct Unknown {
    std::string_view what;
    std::string detail;
  };
  using Found = std::expected<const FeedZone*, Unknown>;

  // Zones that the feed describes are right until `until`. The components of the calendar must outlive the object.
  FeedZones(const Component& calendar, LocalTime until, WorkBudget& work);
  FeedZones(const FeedZones&) = delete;
  FeedZones& operator=(const FeedZones&) = delete;

  // The zone that a parameter TZID names. In this order: a name of tzdata or Windows, a VTIMEZONE of the calendar, the
  // calendar's own zone if the name stands for a custom zone, a name that is not in use any more, an offset.
  Found find(std::string_view tz_id);

 private:
  Found find_key(const std::string& key);
  Found look_up(const std::string& key);
  Found add(FeedZone zone) { return &zones_.emplace_back(std::move(zone)); }

  const LocalTime until_;
  WorkBudget& work_;
  std::string own_;                                               // key of X-WR-TIMEZONE; empty: none
  absl::flat_hash_map<std::string, const Component*> described_;  // VTIMEZONEs by key
  absl::flat_hash_map<std::string, Found> found_;                 // by key
  std::deque<FeedZone> zones_;
};

}  // namespace porchlight::calendar
