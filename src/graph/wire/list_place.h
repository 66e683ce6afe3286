// Where the next page of a list of users or groups begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {

// The place of an entity in a list: of its id in the server's own order, or of its text and id in that of $orderby.
struct ListPlace {
  Guid id;
  std::string text = {};  // empty in the server's own order
};

// Seals a place as $skiptoken (sealed_token.h). A token is valid for the tenant and the order that it was made for.
std::string seal_place(std::string_view key, const Guid& tenant, const std::optional<Ordering>& order,
                       const ListPlace& place);
// The place that was sealed; nullopt if the text was altered, or is for another tenant or order.
std::optional<ListPlace> open_place(std::string_view key, const Guid& tenant,
                                    const std::optional<Ordering>& order, std::string_view token);

}  // namespace porchlight::graph
