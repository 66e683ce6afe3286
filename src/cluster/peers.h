// What is known of the nodes of a cell: the interface, and that of a server that is alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/event.h"

namespace porchlight::cluster {

// The name of a node, unique in its cell: letters a-z and digits.
using NodeName = std::string;
inline constexpr std::size_t kNodeNameBytesMax = 64;

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
