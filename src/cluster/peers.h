// What is known of the nodes of a cell.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"

namespace porchlight::cluster {

// The name of a node, unique in its cell: letters a-z and digits.
using NodeName = std::string;
inline constexpr std::size_t kNodeNameBytesMax = 64;
// Whether it may be part of a subject: messages of other nodes name nodes.
constexpr bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= kNodeNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9'); });
}

// May be used from any thread.
class Peers {
 public:
  virtual ~Peers() = default;

  // This node.
  virtual const NodeName& self() const = 0;
  // The nodes that are live, this one included, in order of name.
  virtual std::vector<NodeName> live() const = 0;
  // The last batch of the shard that the node is known to show; nullopt if the node is not live.
  virtual std::optional<std::uint64_t> position_of(const NodeName& node, std::uint32_t shard) const = 0;
  // Whether every node that may answer reads shows the batch. False while this node may not answer reads itself: it
  // does not know the others then.
  virtual bool shown_by_all(const log::Position& position) const = 0;
  // The node to which the others send the shard's commands first. A hint: nothing depends on all nodes agreeing.
  virtual NodeName owner(std::uint32_t shard) const = 0;
};

}  // namespace porchlight::cluster
