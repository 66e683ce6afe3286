// The manual: a page for each command and one for the configuration file, in the language of scdoc.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace CLI {
class App;
}  // namespace CLI

namespace porchlight::cli {

// The pages by their file names: "porchlight.1.scd", "porchlight-user.1.scd", …, "porchlight.toml.5.scd".
std::map<std::string, std::string> manual_of(const CLI::App& root);

// The page of the configuration file, made from the text of porchlight.toml.example. In the example, a paragraph is
// comment lines, then the table and keys that they explain.
std::string settings_page(std::string_view example);

}  // namespace porchlight::cli
