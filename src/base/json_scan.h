// Says where a JSON text goes wrong. simdjson tells that something is, not where; this slow, plain reader of
// the same grammar runs only after a refusal.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace porchlight {

// The first thing wrong with `text`: grammar, UTF-8, a number that does not fit, a limit. `repeated`: the
// number of strings before a name that is known to repeat another, and therefore is wrong as well.
JsonFault locate_json_fault(std::string_view text, const JsonLimits& limits,
                            std::optional<std::size_t> repeated = std::nullopt);

}  // namespace porchlight
