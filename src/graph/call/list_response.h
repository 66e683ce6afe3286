// The object of a list response: context, count, the array of items, and the link to the next page (spec protocol §9).
#pragma once

#include <optional>
#include <string_view>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// Writes the response's body up to the first item: `what` is the context behind "$metadata#", `count` the number of
// items on all pages, absent if nullopt. Items are then appended to call.response.body, with commas between them.
// Returns the offset of the member "value", before which links stand.
std::size_t begin_list(const HandlerContext& context, const Call& call, std::string_view what,
                       std::optional<std::size_t> count = std::nullopt);

// Writes the rest and the headers of a list without further pages.
void end_list(const HandlerContext& context, const Call& call);
// The same of a page. `last`: the id after which the next page begins, nullopt on the last page; the link is inserted
// at `links`, the offset that begin_list() returned.
void end_page(const HandlerContext& context, const Call& call, std::size_t links,
              const std::optional<Guid>& last);

}  // namespace porchlight::graph
