// The names of time zones.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::timezone {

// The IANA name of a zone named in either way (Zone::find), as the system's tzdata spells it; null where
// there is none. What it points to lives as long as the process.
const std::string* find_zone_id(std::string_view name);

}  // namespace porchlight::timezone
