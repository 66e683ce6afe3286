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

}  // namespace porchlight::graph
