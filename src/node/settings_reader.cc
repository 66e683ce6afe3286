// Applies a table key by key, so that an unknown key or a wrong value is an error with the line it is on.
#include "node/settings_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>

#include "base/check.h"
#include "base/nearest.h"
#include "base/split.h"

namespace porchlight::node::settings {

std::string without_secrets(std::string text) {
  if (const std::size_t query = text.find('?'); query != text.npos) text.replace(query + 1, text.npos, "***");
  const std::size_t user_end = text.rfind('@');
  if (user_end == text.npos) return text;
  const std::size_t scheme = text.find("://");
  const std::size_t user = scheme < user_end ? scheme + 3 : 0;
  return text.replace(user, user_end - user, "***");
}

namespace {

// The line of faults that are not of a line.
constexpr std::size_t kNoLine = std::numeric_limits<std::size_t>::max();

// A value as TOML text.
std::string written(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return without_secrets(out.str());
}

// Adds a text to an array as a number or boolean. Returns false if it is neither.
bool push_literal(toml::array& out, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number)
    out.push_back(number);
  else if (text == "true" || text == "false")
    out.push_back(text == "true");
  else
    return false;
  return true;
}

// What a text may stand for: the text, a number or boolean, a list of texts, a list of numbers. A setting accepts
// values of one of these types only.
toml::array readings_of(const std::string& text) {
  toml::array readings, texts, literals;
  readings.push_back(text);
  push_literal(readings, text);
  std::string_view rest = text;
  bool all_literal = true;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    texts.push_back(std::string(item));
    all_literal = push_literal(literals, item) && all_literal;
  }
  readings.push_back(std::move(texts));
  if (all_literal) readings.push_back(std::move(literals));
  return readings;
}

}  // namespace

std::vector<std::string> SettingsReader::names() const {
  std::vector<std::string> names;
  names.reserve(settings_.size());
  for (const NamedSetting& setting : settings_) names.push_back(setting.first);
  return names;
}

std::vector<SettingRow> SettingsReader::rows() const {
  std::vector<SettingRow> rows;
  rows.reserve(settings_.size());
  for (const auto& [key, setting] : settings_) {
    const auto origin = origins_.find(key);
    rows.push_back({key, setting.show(), origin == origins_.end() ? "default" : origin->second});
  }
  return rows;
}

void SettingsReader::add_fault(const toml::source_region& place, const std::string& text) {
  faults_.emplace(place.begin.line, fmt::format("{}:{}: {}", file_.string(), place.begin.line, text));
}

void SettingsReader::add_fault(std::string text) { faults_.emplace(kNoLine, std::move(text)); }

void SettingsReader::take_faults(SettingsReader& other) { faults_.merge(other.faults_); }

std::vector<std::string> SettingsReader::faults() const {
  std::vector<std::string> faults;
  faults.reserve(faults_.size());
  for (const auto& [line, text] : faults_) faults.push_back(text);
  return faults;
}

void SettingsReader::read(const toml::table& table, const std::string& prefix) {
  for (auto&& [name, node] : table) read_one(prefix + std::string(name.str()), node, name.source());
}

// The setting of that full name gets the value. A key that is only the first part of names must be a table.
void SettingsReader::read_one(const std::string& key, const toml::node& node,
                              const toml::source_region& source) {
  const auto exact = std::ranges::find(settings_, key, &NamedSetting::first);
  if (exact != settings_.end()) {
    if (const ConfigError allowed = exact->second.read(node))
      return add_fault(source, key + " = " + written(node) + ": allowed is " + *allowed);
    origins_[key] = fmt::format("{}:{}", file_.string(), source.begin.line);
    return;
  }
  const bool inner = std::ranges::any_of(
      settings_, [&](const NamedSetting& setting) { return setting.first.starts_with(key + "."); });
  if (!inner) return add_fault(source, with_hint("unknown key " + key, key, names()));
  if (!node.is_table()) return add_fault(source, key + " = " + written(node) + ": allowed is a table");
  read(*node.as_table(), key + ".");
}

void SettingsReader::read(const std::string& key, const std::string& text, const std::string& origin) {
  const auto named = std::ranges::find(settings_, key, &NamedSetting::first);
  CHECK(named != settings_.end());
  ConfigError allowed;
  for (const toml::node& reading : readings_of(text)) {
    allowed = named->second.read(reading);
    if (allowed) continue;
    origins_[key] = origin;
    return;
  }
  add_fault(fmt::format("{} = {}: allowed is {}", origin, without_secrets(text), *allowed));
}

}  // namespace porchlight::node::settings
