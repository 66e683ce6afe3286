// The table of routes: each path, its operation and its permissions.
#pragma once

#include <span>
#include <string>

#include "graph/call/route.h"
#include "graph/wire/error.h"
#include "graph/wire/path.h"

namespace porchlight::graph {

// The route of a path and method (HEAD is served as GET); where the path is known but not with this method,
// one of its routes, as not allowed; or which segment is not known (spec presence §10, step 1).
Result<RouteMatch> find_route(const RequestPath& path, http::Method method);

// All routes, for tests that must not forget one.
std::span<const Route> routes();

// The Allow header's value for the path of a route.
std::string allowed_methods(const Route& route);

}  // namespace porchlight::graph
