// $select on presences: which properties, by name, and how the context says so (spec protocol §9).
#pragma once

#include <string>
#include <string_view>

#include "graph/wire/error.h"
#include "graph/wire/presence_json.h"

namespace porchlight::graph {

// Adds the properties that the value of a $select names, in any letter case; "*" is all of them. 400 for one
// that a presence does not have.
Result<void> add_selected(std::string_view names, PropertySet& selection);

// What a context says of a selection: "(id,availability)", in the order of the properties; nothing where all
// are shown.
void append_selection(std::string& out, PropertySet selection);

}  // namespace porchlight::graph
