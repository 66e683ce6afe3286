// The settings of a TOML table by name, and the parsers of their values. Used by config.cc.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace porchlight::node::settings {

// What is wrong, as a sentence or a part of one; nullopt if nothing is.
using ConfigError = std::optional<std::string>;

// How a setting is read and shown.
struct Setting {
  // Stores the value and returns nullopt, or returns the allowed values.
  std::function<ConfigError(const toml::node&)> read;
  // The stored value as plain text; empty if it is not set.
  std::function<std::string()> show;
};

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

  // A path relative to the file's folder.
  std::filesystem::path beside(const std::string& path) const { return file_.parent_path() / path; }

 private:
  ConfigError read_one(const std::string& key, const toml::node& node,
                       const toml::source_region& source) const;

  using NamedSetting = std::pair<std::string, Setting>;
  std::filesystem::path file_;
  std::vector<NamedSetting> settings_;
};

// Settings. Each stores a checked value in `out`, which must outlive the reader.

// Values as plain text: a duration such as "90s", "off" for none; a list with commas.
std::string shown(Duration value);
std::string shown(const std::vector<std::string>& values);

// A whole number from `min` to `max`.
Setting whole(std::size_t& out, std::size_t min, std::size_t max);
// The same, or 0 for none.
Setting whole_or_none(std::size_t& out, std::size_t min, std::size_t max);
// A duration such as "90s" from `min` to `max`; `allowed` says so in errors.
Setting duration(Duration& out, Duration min, Duration max, const std::string& allowed);
// A duration, or "off" or 0 for none.
Setting duration_or_off(Duration& out, Duration min, Duration max, const std::string& allowed);
// true or false.
Setting choice(bool& out);
// A duration from 100 ms to 24 h.
Setting timeout(Duration& out);
// A text for which `good` is true.
Setting text(std::string& out, const std::string& allowed, std::function<bool(const std::string&)> good);
// A path, relative to the configuration file.
Setting path(std::filesystem::path& out, const SettingsReader& reader);
// A list of such texts.
Setting texts(std::vector<std::string>& out, const std::string& allowed,
              std::function<bool(const std::string&)> good);
// A list of port numbers, which is not empty.
Setting ports(std::vector<std::uint16_t>& out);

}  // namespace porchlight::node::settings
