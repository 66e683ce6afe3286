// The [[issuer]] tables of a configuration file. Used by config.cc.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "node/config.h"
#include "node/settings_reader.h"

namespace porchlight::node::settings {

// Reads the [[issuer]] tables and removes them from `root`. Appends the settings of each to `rows`; faults go to
// `reader`.
void read_issuers(toml::table& root, SettingsReader& reader, Config& config, std::vector<SettingRow>& rows);

// The keys that an [[issuer]] table may have: "iss", "claims.scope".
std::vector<std::string> issuer_setting_names();

}  // namespace porchlight::node::settings
