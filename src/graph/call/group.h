// The group that a route names, and its members.
#pragma once

#include <span>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// The group of the route's {id} in the caller's tenant; 400 where that is no GUID, 404 where there is none.
Result<directory::Group> target_group(const HandlerContext& context, const Call& call);

// Its members in order, those behind `after` only.
std::span<const Guid> members_after(const directory::Group& group, const std::optional<Guid>& after);

}  // namespace porchlight::graph
