// porchlight.toml.example names every setting, and shows the default of each that has one.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "node/config.h"
#include "node/parse_config.h"

namespace porchlight::node {
namespace {

// A line of the example that sets a key. Keys without a default are shown as comments.
struct ExampleLine {
  std::string table;
  std::string text;
  bool is_comment;
};

// The lines by the full names of their keys.
std::map<std::string, ExampleLine> example_lines() {
  const std::regex table_form(R"(^(?:# )?\[+([a-z.]+)\]+.*)"), key_form("^(# )?(([a-z_]+) = .*)");
  std::map<std::string, ExampleLine> lines;
  std::ifstream file(PORCHLIGHT_SOURCE "/porchlight.toml.example");
  std::string table;
  std::smatch parts;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, parts, table_form)) table = parts[1];
    if (!std::regex_match(line, parts, key_form)) continue;
    const std::string name = table.empty() ? parts[3].str() : table + "." + parts[3].str();
    EXPECT_TRUE(lines.emplace(name, ExampleLine{table, parts[2], parts[1].matched}).second) << name;
  }
  return lines;
}

TEST(Example, NamesEverySetting) {
  std::set<std::string> shown;
  for (const auto& [name, line] : example_lines()) shown.insert(name);
  const std::vector<std::string> names = setting_names();
  EXPECT_EQ(shown, std::set<std::string>(names.begin(), names.end()));
  EXPECT_GT(names.size(), 60u);
}

TEST(Example, ShowsTheDefaults) {
  for (const auto& [name, line] : example_lines()) {
    if (line.is_comment) continue;
    const auto config =
        parse_config((line.table.empty() ? "" : "[" + line.table + "]\n") + line.text, "example");
    ASSERT_TRUE(config) << config.error();
    Config expected;
    if (name == "listen") expected.listen = {"127.0.0.1:8080"};  // the default if nothing names an address
    EXPECT_EQ(*config, expected) << line.text;
  }
}

// Keys in a comment have no default: without them, the setting is off or comes from elsewhere.
TEST(Example, CommentsOutOnlyKeysWithoutADefault) {
  std::set<std::string> without_default;
  for (const auto& [name, line] : example_lines())
    if (line.is_comment && !name.starts_with("issuer.")) without_default.insert(name);
  EXPECT_EQ(without_default,
            (std::set<std::string>{"backup.folder", "calendar.folder", "metrics.listen", "public_base_url",
                                   "tls.certificate", "tls.key", "traces.endpoint", "webhooks.ca_file"}));
}

}  // namespace
}  // namespace porchlight::node
