// The [[issuer]] tables of a configuration file. Used by config.cc.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "node/config.h"
#include "node/setting.h"

namespace porchlight::node::settings {

// Reads the [[issuer]] tables and removes them from `root`. Returns the first fault as a sentence.
ConfigError read_issuers(toml::table& root, const std::filesystem::path& file, Config& config);

// The keys that an [[issuer]] table may have: "iss", "claims.scope".
std::vector<std::string> issuer_setting_names();

}  // namespace porchlight::node::settings
