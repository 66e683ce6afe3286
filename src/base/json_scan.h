// Finds the position of the first fault in a JSON text. simdjson reports that a text is malformed but not where; this
// slower parser of the same grammar runs only after simdjson, or a limit, has refused a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace porchlight {

// The first fault of `text`: a violation of the grammar, invalid UTF-8, a number that does not fit, or a limit.
// `repeated` is the number of strings before a member name that is a known duplicate; that name counts as a fault too.
// If the text has no fault, the result is "nothing may follow the document" at the end of the text.
JsonFault locate_json_fault(std::string_view text, const JsonLimits& limits,
                            std::optional<std::size_t> repeated = std::nullopt);

}  // namespace porchlight
