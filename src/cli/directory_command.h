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
// The same for a command that removes something: the line "NOUN removed" comes first.
CommandStatus run_removal(const CommonOptions& common, const std::string& command,
                          const std::vector<Column>& columns, std::string_view noun);

// Prints the member `warnings` of a result on stderr, a line for each.
void print_warnings(std::string_view result);

}  // namespace porchlight::cli
