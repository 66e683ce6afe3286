// Failures are remembered like zones, so that a description is read once, however many lines refer to it.
#include "calendar/feed_zones.h"

#include "calendar/zone_names.h"

namespace porchlight::calendar {

FeedZones::FeedZones(const Component& calendar, LocalTime until, WorkBudget& work)
    : until_(until), work_(work) {
  if (const ContentLine* own = calendar.find(PropertyName::kXTimezone))
    own_ = zone_key(own->value, ZoneNamePlace::kProperty);
  for (const Component& part : calendar.inside) {
    const ContentLine* name =
        part.kind == ComponentKind::kTimezone ? part.find(PropertyName::kTzId) : nullptr;
    if (name != nullptr) described_.emplace(zone_key(name->value, ZoneNamePlace::kProperty), &part);
  }
}

FeedZones::Found FeedZones::find(std::string_view tz_id) {
  work_.examine(tz_id.size());
  return find_key(zone_key(tz_id, ZoneNamePlace::kParameter));
}

FeedZones::Found FeedZones::find_key(const std::string& key) {
  if (const auto known = found_.find(key); known != found_.end()) return known->second;
  return found_.emplace(key, look_up(key)).first->second;
}

FeedZones::Found FeedZones::look_up(const std::string& key) {
  if (const auto zone = timezone::Zone::find(key)) return add(FeedZone(*zone));
  if (const auto described = described_.find(key); described != described_.end()) {
    auto zone = read_timezone(*described->second, until_, work_);
    if (zone) return add(std::move(*zone));
    return std::unexpected(Unknown{"has a TZID whose VTIMEZONE cannot be read: ", to_text(zone.error())});
  }
  if (is_custom_zone(key) && !own_.empty() && !is_custom_zone(own_)) return find_key(own_);
  if (const auto zone = find_obsolete_zone(key)) return add(FeedZone(*zone));
  if (const auto offset = parse_zone_offset(key)) return add(FeedZone(*offset));
  return std::unexpected(Unknown{"has a TZID that is not known and not described", {}});
}

}  // namespace porchlight::calendar
