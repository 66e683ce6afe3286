// What the commands on tenants, users, applications and groups have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace porchlight::cli {

// Runs `work` if the arguments name the command.
void set_action(CLI::App& command, SelectedCommand& selected, std::function<CommandStatus()> work);

// Adds --tenant.
void add_tenant_option(CLI::App& command, CommonOptions& common);

// Runs one administrative command and prints its result: unchanged with --json, else an array as a table and an object
// as lines. Warnings in the result go to stderr as well.
CommandStatus run_and_print(const CommonOptions& common, const std::string& command,
                            const std::vector<Column>& columns);
// The same for a command whose result is a page of a list, {"value":[…],"next"}: prints all pages, each as it comes.
// `command_after` makes the command for the page after `after`, which is empty for the first.
CommandStatus run_and_print_pages(const CommonOptions& common,
                                  const std::function<std::string(const std::string& after)>& command_after,
                                  const std::vector<Column>& columns);
// The same for a command whose result is one value, the text member `member`: prints it alone, so that a script can
// capture it.
CommandStatus run_and_print_value(const CommonOptions& common, const std::string& command,
                                  std::string_view member);
// The same for a command that removes something: the line "NOUN removed" comes first.
CommandStatus run_removal(const CommonOptions& common, const std::string& command,
                          const std::vector<Column>& columns, std::string_view noun);

}  // namespace porchlight::cli
