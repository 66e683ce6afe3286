// What the errors of usage, the manual and the completion read from CLI11's tree of commands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace porchlight::cli {

// The command as typed: "porchlight user list".
std::string path_of(const CLI::App& command);

// The commands directly below it, in the order of the help.
std::vector<const CLI::App*> subcommands_of(const CLI::App& command);

// The options of the command, those that are only positional included, in the order of the help.
std::vector<const CLI::Option*> options_of(const CLI::App& command);

// The names of an option as typed: "-h", "--help". Empty if it is only positional.
std::vector<std::string> names_of(const CLI::Option& option);

// Whether a value follows the option's name.
bool takes_value(const CLI::Option& option);

// The words that the value is restricted to. Empty if it may be another one.
std::vector<std::string> choices_of(const CLI::Option& option);

// The kind of the value, such as "DIR", "FILE" or "TEXT".
std::string kind_of(const CLI::Option& option);

}  // namespace porchlight::cli
