// Checks what a configuration names: files, folders, the certificate.
#pragma once

#include <string>
#include <vector>

#include "node/config.h"

namespace porchlight::node {

// Everything that is wrong at `now`, as sentences. Reads files; asks no other machine.
std::vector<std::string> config_faults(const Config& config, Time now);

}  // namespace porchlight::node
