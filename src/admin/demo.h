// The demo: a tenant with a dozen users. Three of them have the ids and presence of the examples in Graph's reference,
// so that reads give the same answers as there.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "node/node.h"

namespace porchlight::admin {

// Adds the tenant, its users with their presence, a group and applications to an empty node, and writes demo.toml to
// the folder `data`. Returns a text for the operator: what was added and how to try it, with tokens.
std::expected<std::string, std::string> make_demo(node::Node& node, const std::filesystem::path& data);

}  // namespace porchlight::admin
