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

// Maps names of settings to their parsers, and applies a table.
class SettingsReader {
 public:
  explicit SettingsReader(std::filesystem::path file) : file_(std::move(file)) {}

  // Stores the value and returns nullopt, or returns the allowed values.
  using Parse = std::function<ConfigError(const toml::node&)>;
  void setting(std::string key, Parse parse) { settings_.emplace_back(std::move(key), std::move(parse)); }

  // Applies the whole table. Returns the first error as a sentence for the operator.
  ConfigError read(const toml::table& table, const std::string& prefix = "") const;

  // The names of the settings.
  std::vector<std::string> names() const;

  // "file:line: " for errors.
  std::string place(const toml::source_region& source) const {
    return file_.string() + ":" + std::to_string(source.begin.line) + ": ";
  }

  // A path relative to the file's folder.
  std::filesystem::path beside(const std::string& path) const { return file_.parent_path() / path; }

 private:
  ConfigError read_one(const std::string& key, const toml::node& node,
                       const toml::source_region& source) const;

  using NamedSetting = std::pair<std::string, Parse>;
  std::filesystem::path file_;
  std::vector<NamedSetting> settings_;
};

// Parsers. Each stores a checked value in `out`, which must outlive the reader.

// A whole number from `min` to `max`.
SettingsReader::Parse whole(std::size_t& out, std::size_t min, std::size_t max);
// A duration such as "90s" from `min` to `max`; `allowed` says so in errors.
SettingsReader::Parse duration(Duration& out, Duration min, Duration max, const std::string& allowed);
// A duration, or "off" or 0 for none.
SettingsReader::Parse duration_or_off(Duration& out, Duration min, Duration max, const std::string& allowed);
// true or false.
SettingsReader::Parse choice(bool& out);
// A duration from 100 ms to 24 h.
SettingsReader::Parse timeout(Duration& out);
// A text for which `good` is true.
SettingsReader::Parse text(std::string& out, const std::string& allowed,
                           std::function<bool(const std::string&)> good);
// A path, relative to the configuration file.
SettingsReader::Parse path(std::filesystem::path& out, const SettingsReader& reader);
// A list of such texts.
SettingsReader::Parse texts(std::vector<std::string>& out, const std::string& allowed,
                            std::function<bool(const std::string&)> good);
// A list of port numbers, which is not empty.
SettingsReader::Parse ports(std::vector<std::uint16_t>& out);

}  // namespace porchlight::node::settings
