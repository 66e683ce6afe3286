#include "cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <ranges>

namespace porchlight::cli {

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent ? path_of(*parent) + ' ' + command.get_name() : command.get_name();
}

std::vector<const CLI::App*> subcommands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option*) { return true; });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  names.reserve(option.get_snames().size() + option.get_lnames().size());
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> choices_of(const CLI::Option& option) {
  // CLI11 has the words of IsMember in the text of the help only: "TEXT:{system,manual}".
  const std::string text = option.get_type_name();
  const std::size_t begin = text.find(":{");
  if (begin == std::string::npos || !text.ends_with('}')) return {};
  std::vector<std::string> words;
  for (const auto word :
       std::views::split(std::string_view(text).substr(begin + 2, text.size() - begin - 3), ','))
    words.emplace_back(word.begin(), word.end());
  return words;
}

std::string kind_of(const CLI::Option& option) {
  const std::string text = option.get_type_name();
  return text.substr(0, text.find(':'));
}

}  // namespace porchlight::cli
