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

MemberPage page_of(const directory::Group& group, const std::optional<Guid>& after, std::size_t top) {
  const std::span<const Guid> all = group.members;
  const auto first = after ? std::ranges::upper_bound(all, *after) : all.begin();
  const auto rest = all.subspan(static_cast<std::size_t>(first - all.begin()));
  return {rest.first(std::min(top, rest.size())), rest.size() > top};
}

}  // namespace porchlight::graph
