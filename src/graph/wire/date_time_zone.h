// A dateTimeTimeZone in a body: a local time and the name of its zone (spec presence §1.2, §7).
#pragma once

#include <string>

#include "base/time_text.h"
#include "graph/wire/json_body.h"
#include "timezone/zone.h"

namespace porchlight::graph {

// As written; only types are checked.
struct DateTimeZoneBody {
  std::string date_time;
  std::string zone = "UTC";
};

// The member, or nullopt if it is absent. 400 for members of another type, or without dateTime.
Result<std::optional<DateTimeZoneBody>> parse_date_time_zone(const JsonBody& body, std::string_view name);

struct ZonedTime {
  SentLocalTime local;
  timezone::Zone zone;
};

// 400 for a time with an offset, one that does not exist, and an unknown zone.
Result<ZonedTime> to_zoned_time(const DateTimeZoneBody& body);

}  // namespace porchlight::graph
