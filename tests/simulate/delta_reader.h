// A client that follows the changes of a tenant by delta links, each round at any node: nothing may be left out,
// whichever nodes it asks, and whatever became of their history databases.
#pragma once

#include <set>
#include <vector>

#include "history/timeline.h"
#include "simulate/checks.h"
#include "simulate/simulated_node.h"

namespace porchlight::simulate {

// For one thread.
class DeltaReader {
 public:
  // `is_planted`: its links are ahead of what the node has considered (Plant::kEarlyLink).
  DeltaReader(const Guid& tenant, const SharedLog& log, Checks& checks, bool is_planted)
      : tenant_(tenant), log_(log), checks_(checks), is_planted_(is_planted) {}

  // One round at a node with a history. A node that cannot answer now is left alone.
  void round(SimulatedNode& node, Time now);
  std::size_t rounds() const { return rounds_.size(); }
  // All nodes have the whole log: each answers each link alike, with users that the later rounds have named.
  void at_the_end(const std::vector<SimulatedNode*>& nodes, Time now);

 private:
  // A link, and the users of the round that used it.
  struct Round {
    history::KnownChanges link;
    std::set<Guid> users;
  };
  // The users who changed since a link; nullopt if the node cannot answer.
  std::optional<std::set<Guid>> users_after(SimulatedNode& node, const history::KnownChanges& link,
                                            history::Positions* last = nullptr) const;

  const Guid tenant_;
  const SharedLog& log_;
  Checks& checks_;
  const bool is_planted_;
  std::vector<Round> rounds_;
  std::optional<history::KnownChanges> link_;
};

}  // namespace porchlight::simulate
