// The settings of a TOML table by name.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/config_sources.h"
#include "node/credential.h"
#include "node/setting.h"

namespace porchlight::node::settings {

// Maps names of settings to their parsers, applies values, and collects faults as sentences for the operator.
class SettingsReader {
 public:
  SettingsReader(std::filesystem::path file, std::filesystem::path credentials)
      : file_(std::move(file)), folders_{file_.parent_path(), std::move(credentials)} {}

  void setting(std::string key, Setting setting) {
    settings_.emplace_back(std::move(key), std::move(setting));
  }

  // Applies the whole table. A value with a fault is not stored.
  void read(const toml::table& table, const std::string& prefix = "");
  // Applies a text to the setting `key`, which exists (TextValue).
  void read(const std::string& key, const std::string& text, const std::string& origin);

  // A fault of a line of the file, or of more than a line.
  void add_fault(const toml::source_region& place, const std::string& text);
  void add_fault(std::string text);
  // Adds the faults of another reader, and removes them there.
  void take_faults(SettingsReader& other);
  bool has_faults() const { return !faults_.empty(); }
  // All faults, those of the file by line.
  std::vector<std::string> faults() const;

  // The names of the settings, in the order in which they were added.
  std::vector<std::string> names() const;
  // The stored values.
  std::vector<SettingRow> rows() const;

  const std::filesystem::path& file() const { return file_; }
  const PathFolders& folders() const { return folders_; }

 private:
  using NamedSetting = std::pair<std::string, Setting>;
  // Of one key of the file.
  void read_one(const std::string& key, const toml::node& node, const toml::source_region& source);

  std::filesystem::path file_;
  PathFolders folders_;
  std::vector<NamedSetting> settings_;
  std::map<std::string, std::string> origins_;      // of the settings that are not at their default
  std::multimap<std::size_t, std::string> faults_;  // by line
};

}  // namespace porchlight::node::settings
