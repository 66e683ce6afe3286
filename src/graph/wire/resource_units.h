// What a request of the directory costs in Graph's resource units (spec protocol §6.1).
#pragma once

#include <string_view>

namespace porchlight::graph {

// The cost of a request with this base cost and query: one less with $select and with $top below 20 each, one more with
// $expand; at least 1. A query that is not well formed costs the base.
int resource_units(int base, std::string_view query);

}  // namespace porchlight::graph
