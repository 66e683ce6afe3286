// The query options of OData that the dialect takes (spec protocol §9), decoded and checked; the others are
// refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/error.h"

namespace porchlight::graph {

inline constexpr std::size_t kTopMax = 999;
inline constexpr std::size_t kTopDefault = 100;
inline constexpr std::size_t kFilterIdsMax = 650;

struct Query {
  std::optional<std::size_t> top;
  std::optional<std::string> skip_token;
  std::optional<std::vector<Guid>> filter_ids;  // distinct, in the order given
};

// Which options a route takes besides $format.
enum class QueryKind : std::uint8_t { kNone, kList };

// Reads the part after '?'. A known option that the route doesn't take, a repeated one or a wrong value is an
// error naming it; parameters without '$' that are no OData options are ignored.
Result<Query> parse_query(std::string_view query, QueryKind kind);

// The ids of `id in ('…','…')` or `id eq '…'`; errors name the position.
Result<std::vector<Guid>> parse_id_filter(std::string_view filter);

}  // namespace porchlight::graph
