// CLI11 reports an unknown command as a missing one, and an unknown option without a hint. After it has refused the
// arguments, they are read once more, as far as the first that it cannot have known.
#include "cli/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/nearest.h"
#include "cli/command_tree.h"

namespace porchlight::cli {
namespace {

std::string unknown_command(const CLI::App& command, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::App* sub : subcommands_of(command)) names.push_back(sub->get_name());
  return with_hint(fmt::format("\"{}\" has no command \"{}\"", path_of(command), word), word, names);
}

// Also of a command that has no such option because the option belongs to its subcommands: if no other option is near.
std::string unknown_option(const CLI::App& command, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  std::string sentence = fmt::format("\"{}\" has no option {}", path_of(command), word);
  if (!subcommands_of(command).empty() && nearest(word, names).empty())
    return sentence + "; options follow the whole command";
  return with_hint(std::move(sentence), word, names);
}

}  // namespace

std::optional<std::string> usage_fault(const CLI::App& root, std::span<const char* const> args) {
  const CLI::App* command = &root;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "--") return std::nullopt;
    if (arg.size() > 1 && arg.starts_with('-')) {
      const std::string name(arg.substr(0, arg.find('=')));
      const CLI::Option* option = command->get_option_no_throw(name);
      if (!option) return unknown_option(*command, name);
      if (takes_value(*option) && name.size() == arg.size()) ++i;
    } else if (!subcommands_of(*command).empty()) {
      const auto subs = subcommands_of(*command);
      const auto named = std::ranges::find(subs, arg, [](const CLI::App* sub) { return sub->get_name(); });
      if (named == subs.end()) return unknown_command(*command, arg);
      command = *named;
    }
  }
  return std::nullopt;
}

}  // namespace porchlight::cli
