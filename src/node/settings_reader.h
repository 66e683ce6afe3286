// The settings of a TOML table by name.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "node/setting.h"

namespace porchlight::node::settings {

// Maps names of settings to their parsers, and applies a table.
class SettingsReader {
 public:
  explicit SettingsReader(std::filesystem::path file) : file_(std::move(file)) {}

  void setting(std::string key, Setting setting) {
    settings_.emplace_back(std::move(key), std::move(setting));
  }

  // Applies the whole table. Returns the first error as a sentence for the operator.
  ConfigError read(const toml::table& table, const std::string& prefix = "") const;

  // The names of the settings, in the order in which they were added.
  std::vector<std::string> names() const;
  // The names and the stored values.
  std::vector<std::pair<std::string, std::string>> values() const;

  // "file:line: " for errors.
  std::string place(const toml::source_region& source) const {
    return file_.string() + ":" + std::to_string(source.begin.line) + ": ";
  }

  // The file's folder, to which paths are relative.
  std::filesystem::path folder() const { return file_.parent_path(); }

 private:
  ConfigError read_one(const std::string& key, const toml::node& node,
                       const toml::source_region& source) const;

  using NamedSetting = std::pair<std::string, Setting>;
  std::filesystem::path file_;
  std::vector<NamedSetting> settings_;
};

}  // namespace porchlight::node::settings
