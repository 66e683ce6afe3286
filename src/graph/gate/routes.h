// The route table: the operation and the permissions of each path and method.
#pragma once

#include <span>
#include <string>

#include "graph/call/route.h"
#include "graph/wire/error.h"
#include "graph/wire/path.h"

namespace porchlight::graph {

// The route of a path and method; HEAD is served as GET. If the path exists without this method, one of its routes,
// with `allowed` false. 400 with the first unknown segment otherwise (spec presence §10, step 1).
Result<RouteMatch> find_route(const RequestPath& path, http::Method method);

// All routes, for metrics and for tests that cover each of them. Those of administration are the last, and all have the
// last number.
std::span<const Route> routes();

// The value of the Allow header for the path of a route.
std::string allowed_methods(const Route& route);

}  // namespace porchlight::graph
