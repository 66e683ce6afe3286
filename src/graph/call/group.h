// The group that a route names, and its members.
#pragma once

#include <span>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// The group with the route's {id} in the caller's tenant. 400 if the id is not a GUID, 404 if the group does not exist.
Result<directory::Group> target_group(const HandlerContext& context, const Call& call);

// The group's members in order of id, those after `after` only. Valid as long as the group.
std::span<const Guid> members_after(const directory::Group& group, const std::optional<Guid>& after);

}  // namespace porchlight::graph
