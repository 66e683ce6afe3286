#include "graph/call/group.h"

#include <algorithm>

namespace porchlight::graph {

Result<directory::Group> target_group(const HandlerContext& context, const Call& call) {
  const auto& id = call.match.guid;
  if (!id) return std::unexpected(invalid_object_id(call.match.id));
  auto group = context.services.view.find_group(call.caller->tenant, *id);
  if (!group) return std::unexpected(resource_not_found(call.match.id));
  return *std::move(group);
}

std::span<const Guid> members_after(const directory::Group& group, const std::optional<Guid>& after) {
  const auto first = after ? std::ranges::upper_bound(group.members, *after) : group.members.begin();
  return {first, group.members.end()};
}

}  // namespace porchlight::graph
