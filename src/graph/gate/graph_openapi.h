// The OpenAPI 3.1 description of the routes that Graph has as well: paths, methods and permissions of the route table,
// schemas of the types of $metadata. Our own routes are in openapi.json.
#pragma once

#include <span>
#include <string>

#include "graph/call/route.h"
#include "graph/gate/csdl.h"

namespace porchlight::graph {

// The description as JSON, of the routes that begin with {version}.
std::string print_graph_openapi(std::span<const Route> routes, const CsdlModel& model);

}  // namespace porchlight::graph
