// Parses the query options of users and groups (spec clients 7, spec protocol §9).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/wire/entity_json.h"
#include "graph/wire/people_filter.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

// The options of one request, with their defaults.
struct DirectoryQuery {
  Selection selection = 0;  // 0 selects the default properties
  std::size_t top = kTopDefault;
  std::optional<std::string> skip_token;
  bool count = false;                 // include @odata.count
  std::vector<PeopleFilter> filters;  // from $filter and $search; a user must match all of them
};

// The options that a route accepts. All accept $select.
enum class DirectoryOptions : std::uint8_t {
  kOne,     // a single entity: only $select
  kList,    // also $top, $skiptoken and $count
  kSearch,  // also $filter and $search
};

// Parses the part of the request target after '?'. 400 for an option that the route does not accept, an option given
// twice, or an invalid value.
Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options);

}  // namespace porchlight::graph
