// The names by which feeds refer to time zones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "timezone/zone.h"

namespace porchlight::calendar {

// Where a name of a zone is written.
enum class ZoneNamePlace : std::uint8_t {
  kParameter,  // TZID of DTSTART and others: escapes of RFC 6868 (`^n`, `^^`, `^'`)
  kProperty,   // TZID of a VTIMEZONE, and X-WR-TIMEZONE: a TEXT, which may be in quotes
};

// The name as it is compared: unescaped, in lower case, without blanks at its ends. Backslashes of TEXT
// (RFC 5545 §3.3.11) are removed in parameters too, because some producers write them there.
std::string zone_key(std::string_view text, ZoneNamePlace place);

// A zone by a name that is not in use any more, or not complete: names that Windows has given up, names of daylight
// time, names without `Standard Time`, and known names at the end of a path (`/example.org/2030/Europe/Berlin`).
// `name` is from zone_key(); nullopt for all other names.
std::optional<timezone::Zone> find_obsolete_zone(std::string_view name);

// The offset from UTC of a name that states one and nothing else: `GMT+0200`, `UTC-5`, `+01:00`, `0100`. Positive east
// of Greenwich; nullopt for all other names.
std::optional<Duration> parse_zone_offset(std::string_view name);

// Whether the name stands for a zone that the producer has made up and that only the feed can describe: `Customized
// Time Zone` of Outlook, `tzone://Microsoft/Custom` of Exchange.
bool is_custom_zone(std::string_view name);

}  // namespace porchlight::calendar
