// The configuration that a server runs with.
#pragma once

#include <string>
#include <vector>

#include "node/config_sources.h"
#include "server/serve.h"

namespace porchlight::server {

// Reads the file that `options` name, the environment and the options, and adds the default address if they name none.
node::ReadConfig effective_config(const ServeOptions& options, const node::Environment& environment);

// The rows as a JSON array of {"key","value","origin"}.
std::string settings_json(const std::vector<node::SettingRow>& rows);

}  // namespace porchlight::server
