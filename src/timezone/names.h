// The known names of time zones. Private to the module.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::timezone {

// The IANA name, in the spelling of the system's tzdata, of a zone given by its IANA or Windows name in any letter
// case. Null if no zone has this name. The result is valid until the process ends. Any thread.
const std::string* find_zone_id(std::string_view name);

}  // namespace porchlight::timezone
