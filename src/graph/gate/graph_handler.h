// The Graph API as an HTTP handler.
#pragma once

#include <memory>

#include "graph/call/services.h"
#include "http/handler.h"

namespace porchlight::graph {

// Longer bodies return 413, before they are read if their length is declared (spec security §5). The second is for
// $batch.
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kBatchBytesMax = 4 * 1024 * 1024;

// A handler for one serving loop, to be used on its thread. The services outlive it.
std::unique_ptr<http::Handler> make_graph_handler(const Services& services);
std::unique_ptr<http::Handler> make_graph_handler(Services&&) = delete;

}  // namespace porchlight::graph
