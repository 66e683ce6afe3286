// The group that a route names, and pages of its members.
#pragma once

#include <span>

#include "graph/handlers.h"

namespace porchlight::graph {

// The group of the route's {id} in the caller's tenant; 400 where that is no GUID, 404 where there is none.
Result<directory::Group> named_group(const Tools& tools, const Call& call);

// Up to `top` of its members, those behind `after` only, and whether more follow.
struct MemberPage {
  std::span<const Guid> members;
  bool more;
};
MemberPage page_of(const directory::Group& group, const std::optional<Guid>& after, std::size_t top);

}  // namespace porchlight::graph
