// Parses the query options of users and groups (spec clients 7, spec protocol §9.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/wire/directory_filter.h"
#include "graph/wire/entity_json.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

// The value of $orderby: one sortable property.
struct Ordering {
  const Property* by;
  bool descending = false;
};

// The options of one request, with their defaults.
struct DirectoryQuery {
  Selection selection;  // empty selects the default properties
  std::size_t top = kTopDefault;
  std::optional<std::string> skip_token;
  bool count = false;                     // include @odata.count
  std::optional<DirectoryFilter> filter;  // $filter
  std::optional<DirectoryFilter> search;  // $search
  std::optional<Ordering> order;          // nullopt: an order of the server's own

  // Returns true if an entity matches $filter and $search.
  bool matches(const Entity& entity) const {
    return (!filter || filter->matches(entity)) && (!search || search->matches(entity));
  }
  bool matches_all() const { return !filter && !search; }
};

// The options that a route accepts.
enum class DirectoryOptions : std::uint8_t {
  kOne,    // a single entity: $select and $expand
  kList,   // also $top, $skiptoken, $count, $filter, $search and $orderby
  kCount,  // a path that ends in $count: $filter and $search
};

// Parses the part of the request target after '?'. 400 for an option that the route does not accept, an option given
// twice, or an invalid value. No property can be expanded: $expand is always a 400.
Result<DirectoryQuery> parse_directory_query(std::string_view query, const EntityType& type,
                                             DirectoryOptions options);

// Checks what Graph accepts in advanced queries only: those with ConsistencyLevel (`eventual`) and, except for $search,
// $count. 400 Request_UnsupportedQuery (spec protocol §9.2).
Result<void> check_advanced_query(const DirectoryQuery& query, bool eventual);

}  // namespace porchlight::graph
