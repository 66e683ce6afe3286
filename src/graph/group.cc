#include "graph/group.h"

#include <algorithm>

namespace porchlight::graph {

Result<directory::Group> named_group(const Tools& tools, const Call& call) {
  const auto id = parse_guid(call.match.id);
  if (!id) return std::unexpected(group_id_malformed(call.match.id));
  auto group = tools.shared.view.find_group(call.caller->tenant, *id);
  if (!group) return std::unexpected(user_unknown(call.match.id));
  return *std::move(group);
}

std::span<const Guid> members_behind(const directory::Group& group, const std::optional<Guid>& after) {
  const auto first = after ? std::ranges::upper_bound(group.members, *after) : group.members.begin();
  return {first, group.members.end()};
}

}  // namespace porchlight::graph
