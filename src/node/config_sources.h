// What a configuration is read from: the defaults, the file, environment variables, options of the command line. Later
// ones take precedence.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node/config.h"

namespace porchlight::node {

// The largest file that is read.
inline constexpr std::size_t kConfigBytesMax = 1024 * 1024;

// A text that sets a key: a word, a number, true or false, or the items of a list with commas between them.
struct TextValue {
  std::string key;
  std::string text;
  std::string origin;  // for the operator: "PORCHLIGHT_HTTP_IDLE", "--listen"
};

// Environment variables by name.
using Environment = std::map<std::string, std::string>;

// A value; strings are of any origin.
struct ConfigSources {
  std::filesystem::path file;      // empty: none
  Environment environment;         // all variables; those for the configuration are selected
  std::vector<TextValue> options;  // keys of setting_names()
};

// A setting in effect.
struct SettingRow {
  std::string key;
  std::string value;   // as plain text; empty if it is not set
  std::string origin;  // "default", "file:line", the name of the variable or of the option
};

// The configuration as read. Use it only without faults.
struct ReadConfig {
  Config config;
  std::vector<SettingRow> rows;  // all settings, with those of each issuer; there are no secrets among them
  std::vector<std::string> faults;    // sentences with place, key, value and the allowed values, by line
  std::vector<std::string> warnings;  // sentences: variables that set nothing

  // All faults, a line each.
  std::string fault_text() const;
};

// Reads all sources.
ReadConfig read_config(const ConfigSources& sources);
// The same, with `text` as the content of the file, which need not exist.
ReadConfig read_config(std::string_view text, const ConfigSources& sources);

// The variable of a key: "http.idle" is PORCHLIGHT_HTTP_IDLE.
std::string environment_name(std::string_view key);

// The variables of this process.
Environment process_environment();

}  // namespace porchlight::node
