// The query options that reading presence takes (spec protocol §9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/presence_json.h"
#include "graph/query.h"

namespace porchlight::graph {

struct PresenceQuery {
  Properties select = kPropertiesAll;
  std::optional<std::size_t> top;
  std::optional<std::string> skip_token;
  std::optional<std::vector<Guid>> filter_ids;  // distinct, in the order given
};

// What is read, and so which options are taken.
enum class PresenceRead : std::uint8_t {
  kNamed,  // one, or many by their ids: $select
  kList,   // and $filter, $top and $skiptoken
};

// Reads the part after '?'. An option that is not taken, or a wrong value, is an error naming it.
Result<PresenceQuery> parse_presence_query(std::string_view query, PresenceRead read);

// The ids of `id in ('…','…')` or `id eq '…'`; errors name the position.
Result<std::vector<Guid>> parse_id_filter(std::string_view filter);

}  // namespace porchlight::graph
