// Names what CLI11 only calls unexpected: the unknown command or option, and the nearest one that exists.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace porchlight::cli {

// The sentence about the first argument that is neither a command nor an option where it stands; nullopt if each is.
// `args`: those after the program's name.
std::optional<std::string> usage_fault(const CLI::App& root, std::span<const char* const> args);

}  // namespace porchlight::cli
