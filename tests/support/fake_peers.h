// What a node knows of its cell, as a test says.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "cluster/peers.h"

namespace porchlight::cluster {

// For one thread.
class FakePeers final : public Peers {
 public:
  // All nodes are live, and `owner` owns all shards.
  FakePeers(NodeName self, std::vector<NodeName> nodes, NodeName owner)
      : self_(std::move(self)), live_(std::move(nodes)), owner_(std::move(owner)) {
    std::ranges::sort(live_);
  }

  // The node is not live any more.
  void remove(const NodeName& node) { std::erase(live_, node); }
  // The owner of all shards from now on.
  void set_owner(NodeName node) { owner_ = std::move(node); }
  // What a live node shows of a shard. Without it, a node shows nothing.
  void set_position(const NodeName& node, const log::Position& position) {
    positions_[{node, position.shard}] = position.seq;
  }

  const NodeName& self() const override { return self_; }
  std::vector<NodeName> live() const override { return live_; }
  std::optional<std::uint64_t> position_of(const NodeName& node, std::uint32_t shard) const override {
    if (!std::ranges::binary_search(live_, node)) return std::nullopt;
    const auto found = positions_.find({node, shard});
    return found == positions_.end() ? 0 : found->second;
  }
  bool shown_by_all(const log::Position& position) const override {
    return std::ranges::all_of(
        live_, [&](const NodeName& node) { return *position_of(node, position.shard) >= position.seq; });
  }
  NodeName owner(std::uint32_t) const override { return owner_; }

 private:
  const NodeName self_;
  std::vector<NodeName> live_;  // in order
  NodeName owner_;
  std::map<std::pair<NodeName, std::uint32_t>, std::uint64_t> positions_;
};

}  // namespace porchlight::cluster
