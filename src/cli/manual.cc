// porchlight manual: writes the pages of the manual. The package has them as made by scdoc.
#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "cli/command.h"
#include "cli/command_tree.h"
#include "cli/directory_command.h"
#include "cli/scdoc.h"

namespace porchlight::cli {
namespace {

// The text of porchlight.toml.example.
constexpr std::string_view kExample =
#include "texts/porchlight.toml.example"
    ;

// The value as the reader replaces it: the words that are possible, or the kind of it in italics.
std::string value_markup(const CLI::Option& option) {
  const auto choices = choices_of(option);
  if (choices.empty()) return fmt::format("_{}_", kind_of(option));
  return fmt::format("*{}*", fmt::join(choices, "*|*"));
}

// "*--data* _DIR_".
std::string option_markup(const CLI::Option& option) {
  std::string markup = fmt::format("*{}*", fmt::join(names_of(option), "*, *"));
  if (takes_value(option)) markup += ' ' + value_markup(option);
  return markup;
}

bool is_help(const CLI::Option& option) { return option.check_lname("help"); }

// The line of the synopsis: what must be given is named, positional arguments without their option.
std::string synopsis(const CLI::App& command) {
  std::string line = fmt::format("*{}*", path_of(command));
  for (const CLI::Option* option : options_of(command)) {
    const std::string value =
        option->get_positional() ? fmt::format("_{}_", option->get_name(true)) : option_markup(*option);
    if (option->get_required()) line += ' ' + value;
  }
  return line + " [_option_...]";
}

// Positional arguments that are options as well are described once, by the name of the option.
void add_options(ScdocPage& page, const CLI::App& command) {
  for (const CLI::Option* option : options_of(command)) {
    if (is_help(*option) && command.get_parent()) continue;
    const std::string term =
        names_of(*option).empty() ? fmt::format("_{}_", option->get_name(true)) : option_markup(*option);
    page.entry(term, fmt::format("{}{}.", option->get_description(),
                                 option->get_required() ? ". Must be given" : ""));
  }
}

// A command that is more than the name of a group: it, then those below it.
std::vector<const CLI::App*> commands_of(const CLI::App& top) {
  std::vector<const CLI::App*> commands;
  if (top.get_require_subcommand_min() == 0) commands.push_back(&top);
  for (const CLI::App* sub : subcommands_of(top)) commands.push_back(sub);
  return commands;
}

std::string page_name(const CLI::App& top) { return "porchlight-" + top.get_name(); }

// The page of a command directly below the root, with the commands of its group.
std::string command_page(const CLI::App& top) {
  ScdocPage page(page_name(top), 1, kVersion, top.get_description());
  const auto commands = commands_of(top);
  std::vector<std::string> lines;
  lines.reserve(commands.size());
  for (const CLI::App* command : commands) lines.push_back(synopsis(*command));
  page.heading("SYNOPSIS");
  page.markup(fmt::format("{}", fmt::join(lines, "++\n")));
  if (commands.front() != &top) {
    page.heading("DESCRIPTION");
    page.text(top.get_footer());
  }
  page.heading("COMMANDS");
  for (const CLI::App* command : commands) {
    page.subheading(path_of(*command));
    page.text(command->get_description() + ".");
    add_options(page, *command);
    if (!command->get_footer().empty()) page.text(command->get_footer());
  }
  page.heading("SEE ALSO");
  page.markup("*porchlight*(1), *porchlight.toml*(5)");
  return page.source();
}

// The page of the program, which names those of its commands.
std::string root_page(const CLI::App& root) {
  ScdocPage page("porchlight", 1, kVersion, "presence server with the Microsoft Graph presence API");
  page.heading("SYNOPSIS");
  page.markup("*porchlight* _command_ [_option_...]");
  page.heading("COMMANDS");
  for (const CLI::App* top : subcommands_of(root))
    page.entry(fmt::format("*{}*(1)", page_name(*top)), top->get_description() + ".");
  page.heading("OPTIONS");
  add_options(page, root);
  page.heading("EXAMPLES");
  page.text(root.get_footer());
  page.heading("FILES");
  page.entry("/etc/porchlight/porchlight.toml",
             "The configuration of the service, if installed as a package.");
  page.entry("/var/lib/porchlight", "The data folder of the service.");
  page.entry("/usr/share/doc/porchlight", "The documents.");
  page.heading("SEE ALSO");
  page.markup("*porchlight.toml*(5)");
  return page.source();
}

CommandStatus write_manual(const CLI::App& root, const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  for (const auto& [name, source] : manual_of(root)) {
    std::ofstream file(folder / name, std::ios::binary);
    file << source << std::flush;
    if (!file) return std::unexpected(fmt::format("{} cannot be written", (folder / name).string()));
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> manual_of(const CLI::App& root) {
  std::map<std::string, std::string> pages;
  pages["porchlight.1.scd"] = root_page(root);
  for (const CLI::App* top : subcommands_of(root)) pages[page_name(*top) + ".1.scd"] = command_page(*top);
  pages["porchlight.toml.5.scd"] = settings_page(kExample);
  return pages;
}

void add_manual(CLI::App& root, SelectedCommand& selected) {
  const auto folder = std::make_shared<std::filesystem::path>();
  CLI::App* command = root.add_subcommand("manual", "Write the pages of the manual");
  command->add_option("folder", *folder, "Where to write them")->required()->type_name("DIR");
  command->footer(
      "\nThe pages are in the language of scdoc, which makes manual pages of them.\n\n"
      "Examples:\n  porchlight manual /tmp/pages        then: scdoc <porchlight.1.scd >porchlight.1");
  set_action(*command, selected, [folder, &root] { return write_manual(root, *folder); });
}

}  // namespace porchlight::cli
