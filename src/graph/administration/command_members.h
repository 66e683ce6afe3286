// The arguments of an administrative command, out of the parts of a request. Pure.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/json_writer.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Adds the argument that `word` names, of the form that AdminRoute has.
void append_argument(JsonObject& command, std::string_view word, std::string_view value);

// Adds the options of the query that are in `words`; `limit` is a number, and others are texts. 400 for one that is
// given twice.
Result<void> append_options(JsonObject& command, std::string_view words, std::string_view query);

// 400 for an option of the query that is not in `words`: it would be ignored, and the caller would not know.
Result<void> refuse_other_options(std::string_view words, std::string_view query);

// Adds the members of the body that are in `words`. An argument that ends with `_ms` is an ISO 8601 duration in the
// body. 400 for a body that is no object, or that has another member.
Result<void> append_members(JsonObject& command, std::string_view words, JsonReader& reader,
                            std::string_view body);

}  // namespace porchlight::graph
