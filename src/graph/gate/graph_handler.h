// The Graph API as an HTTP handler.
#pragma once

#include <memory>

#include "graph/call/services.h"
#include "graph/gate/gate_counters.h"
#include "http/handler.h"

namespace porchlight::graph {

// Longer bodies return 413, before they are read if their length is declared (spec security §5). The second is for
// $batch.
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kBatchBytesMax = 4 * 1024 * 1024;

// The handler of a loop.
class GateHandler : public http::Handler {
 public:
  // What it counts. Any thread.
  virtual const GateCounters& counters() const = 0;
};

// A handler for one serving loop, to be used on its thread. The services outlive it.
std::unique_ptr<GateHandler> make_graph_handler(const Services& services);
std::unique_ptr<GateHandler> make_graph_handler(Services&&) = delete;

}  // namespace porchlight::graph
