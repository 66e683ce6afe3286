#include "simulate/delta_reader.h"

#include <algorithm>

namespace porchlight::simulate {

std::optional<std::set<Guid>> DeltaReader::users_after(SimulatedNode& node, const history::KnownChanges& link,
                                                       history::Positions* last) const {
  const auto changes = node.history()->changes_after(tenant_, link);
  if (!changes) return std::nullopt;
  if (last) *last = changes->last;
  std::set<Guid> users;
  for (const auto& [user, kinds] : changes->people) users.insert(user);
  return users;
}

void DeltaReader::round(SimulatedNode& node, Time now) {
  if (!link_) {
    if (const auto first = node.history()->changes_after(tenant_, std::nullopt)) link_ = {first->last, now};
    return;
  }
  history::Positions last;
  auto users = users_after(node, *link_, &last);
  if (!users) return;
  rounds_.push_back({*link_, *std::move(users)});
  if (is_planted_)
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) last[shard] = log_.tail(shard).seq;
  link_ = {last, now};
}

void DeltaReader::at_the_end(const std::vector<SimulatedNode*>& nodes, Time now) {
  round(*nodes.front(), now);
  std::set<Guid> named;
  for (auto round = rounds_.rbegin(); round != rounds_.rend(); ++round) {
    named.insert(round->users.begin(), round->users.end());
    const auto expected = users_after(*nodes.front(), round->link);
    for (SimulatedNode* const node : nodes)
      if (!expected || users_after(*node, round->link) != expected)
        checks_.fail("each node answers a delta link alike");
    if (expected && !std::ranges::includes(named, *expected))
      checks_.fail("rounds of a delta link leave out no change");
  }
}

}  // namespace porchlight::simulate
