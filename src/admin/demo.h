// The demonstration: a tenant with a dozen people, among them the three of the Graph reference's examples,
// whose presence reads exactly as there.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "node/node.h"

namespace porchlight::admin {

// Makes the tenant, its people with their states, and a group and applications in an empty node. Gives the
// text that tells the operator what is there and how to try it, tokens included. `data`: the folder, for that
// text.
std::expected<std::string, std::string> make_demo(node::Node& node, const std::filesystem::path& data);

}  // namespace porchlight::admin
