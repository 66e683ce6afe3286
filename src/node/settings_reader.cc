// Applies a table key by key, so that an unknown key or a wrong value is an error with the line it is on.
#include "node/settings_reader.h"

#include <algorithm>
#include <sstream>

namespace porchlight::node::settings {
namespace {

// A value as TOML text, for errors.
std::string written(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

}  // namespace

std::vector<std::string> SettingsReader::names() const {
  std::vector<std::string> names;
  names.reserve(settings_.size());
  for (const NamedSetting& setting : settings_) names.push_back(setting.first);
  return names;
}

std::vector<std::pair<std::string, std::string>> SettingsReader::values() const {
  std::vector<std::pair<std::string, std::string>> values;
  values.reserve(settings_.size());
  for (const auto& [key, setting] : settings_) values.emplace_back(key, setting.show());
  return values;
}

ConfigError SettingsReader::read(const toml::table& table, const std::string& prefix) const {
  for (auto&& [name, node] : table) {
    if (ConfigError fault = read_one(prefix + std::string(name.str()), node, name.source())) return fault;
  }
  return std::nullopt;
}

// The setting of that full name gets the value. A key that is only the first part of names must be a table.
ConfigError SettingsReader::read_one(const std::string& key, const toml::node& node,
                                     const toml::source_region& source) const {
  const auto exact = std::ranges::find(settings_, key, &NamedSetting::first);
  if (exact != settings_.end()) {
    const ConfigError allowed = exact->second.read(node);
    if (!allowed) return std::nullopt;
    return place(source) + key + " = " + written(node) + ": allowed is " + *allowed;
  }
  const bool inner = std::ranges::any_of(
      settings_, [&](const NamedSetting& setting) { return setting.first.starts_with(key + "."); });
  if (!inner) return place(source) + "unknown key " + key;
  if (!node.is_table()) return place(source) + key + " = " + written(node) + ": allowed is a table";
  return read(*node.as_table(), key + ".");
}

}  // namespace porchlight::node::settings
