// The query options of people and groups (spec clients 7, protocol §9).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/wire/entity_json.h"
#include "graph/wire/people_filter.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

struct DirectoryQuery {
  Selection selection = 0;
  std::size_t top = kTopDefault;
  std::optional<std::string> skip_token;
  bool count = false;
  std::vector<PeopleFilter> filters;  // of $filter and $search: all must hold
};

// Which options are taken: $select always.
enum class DirectoryOptions : std::uint8_t {
  kOne,     // of a single entity: no others
  kList,    // $top, $skiptoken and $count too
  kSearch,  // and $filter and $search
};
Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options);

}  // namespace porchlight::graph
