// The names of this server.
#pragma once

#include <string>
#include <vector>

#include "node/config.h"

namespace porchlight::node {

// All names and addresses under which clients may reach the server, without ports and brackets: localhost, the name of
// the machine, the listen addresses, the host of public_base_url, and those of the served clouds. Sorted.
std::vector<std::string> own_host_names(const Config& config);

}  // namespace porchlight::node
