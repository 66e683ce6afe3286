// A setting: how its TOML value is read, checked and shown.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "node/credential.h"

namespace porchlight::node::settings {

// What is wrong, as a sentence or a part of one; nullopt if nothing is.
using ConfigError = std::optional<std::string>;

// A value for the log, and for others than the operator of the machine: without what a URL may have of secrets, its
// user and its query.
std::string without_secrets(std::string text);

// How a setting is read and shown.
struct Setting {
  // Stores the value and returns nullopt, or returns the allowed values.
  std::function<ConfigError(const toml::node&)> read;
  // The stored value as plain text; empty if it is not set.
  std::function<std::string()> show;
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
// A path of a file or folder (credential.h).
Setting path(std::filesystem::path& out, const PathFolders& folders);
// A list of such texts.
Setting texts(std::vector<std::string>& out, const std::string& allowed,
              std::function<bool(const std::string&)> good);
// A list of port numbers, which is not empty.
Setting ports(std::vector<std::uint16_t>& out);

// A list of texts that is stored as other values: `list_of` gives the setting of the texts, `to_value` and `to_text`
// convert one of them.
template <typename Value, typename ListOf, typename ToValue, typename ToText>
Setting converted(std::vector<Value>& out, ListOf list_of, ToValue to_value, ToText to_text) {
  return {[&out, list_of, to_value](const toml::node& node) -> ConfigError {
            std::vector<std::string> values;
            if (ConfigError fault = list_of(values).read(node)) return fault;
            out.clear();
            std::ranges::transform(values, std::back_inserter(out), to_value);
            return std::nullopt;
          },
          [&out, to_text] {
            std::vector<std::string> values;
            std::ranges::transform(out, std::back_inserter(values), to_text);
            return shown(values);
          }};
}

// One of a few words, each of which stands for a value.
template <typename Value>
Setting word(Value& out, const std::vector<std::pair<std::string, Value>>& words, std::string allowed) {
  return {[&out, words, allowed = std::move(allowed)](const toml::node& node) -> ConfigError {
            const auto text = node.value_exact<std::string>();
            for (const auto& [name, value] : words) {
              if (text != name) continue;
              out = value;
              return std::nullopt;
            }
            return allowed;
          },
          [&out, words] {
            const auto found = std::ranges::find(words, out, [](const auto& row) { return row.second; });
            return found == words.end() ? std::string() : found->first;
          }};
}

}  // namespace porchlight::node::settings
