// The query options that reading presence takes (spec protocol §9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/presence_filter.h"
#include "graph/wire/presence_json.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

struct PresenceQuery {
  PropertySet select = kPropertiesAll;
  PresenceFilter filter;
  bool count = false;    // how many there are, beside them
  bool ordered = false;  // by id, where ids are named; whoever else is listed is so anyway
  std::optional<std::size_t> top;
  std::optional<std::string> skip_token;
};

// What is read, and so which options are taken.
enum class PresenceRead : std::uint8_t {
  kNamed,  // one, or many by their ids: $select
  kCount,  // how many there are: $filter
  kList,   // all of them
};

// Reads the part after '?'. An option that is not taken, or a wrong value, is an error naming it.
Result<PresenceQuery> parse_presence_query(std::string_view query, PresenceRead read);

// Adds the properties that the value of a $select names, in any letter case; "*" names all of them. 400 if a presence
// has no such property.
Result<void> add_selected(std::string_view names, PropertySet& selection);

// Appends a selection as the context URL states it: "(id,availability)", in the order of the properties. Appends
// nothing if all properties are selected.
void append_selection(std::string& out, PropertySet selection);

}  // namespace porchlight::graph
