// Parses the query options of presence reads (spec protocol §9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/presence_filter.h"
#include "graph/wire/presence_json.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

// The options of one request, with their defaults.
struct PresenceQuery {
  PropertySet select = kPropertiesAll;
  PresenceFilter filter;
  bool count = false;    // include @odata.count
  bool ordered = false;  // sort users named by id; all other lists are in this order anyway
  std::optional<std::size_t> top;
  std::optional<std::string> skip_token;
};

// The kind of read, which decides the options that are accepted.
enum class PresenceRead : std::uint8_t {
  kNamed,  // one user, or several by id: $select
  kCount,  // a number of users: $filter
  kList,   // a list: all options
};

// Parses the part of the request target after '?'. 400 that names the option if it is not accepted or its value is
// invalid.
Result<PresenceQuery> parse_presence_query(std::string_view query, PresenceRead read);

// Adds the properties that the value of a $select names, in any letter case; "*" names all of them. 400 if a presence
// has no such property.
Result<void> add_selected(std::string_view names, PropertySet& selection);

// Appends a selection as the context URL states it: "(id,availability)", in the order of the properties. Appends
// nothing if all properties are selected.
void append_selection(std::string& out, PropertySet selection);

}  // namespace porchlight::graph
