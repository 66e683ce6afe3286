// What the commands on tenants, people, applications and groups do alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace porchlight::cli {

// Makes `work` what is run when the command is named.
void set_action(CLI::App& command, SelectedCommand& selected, std::function<CommandStatus()> work);

// Adds --tenant.
void add_tenant_option(CLI::App& command, CommonOptions& common);

// Runs one administrative command and prints its result: as it is with --json, else an array as a table and
// an object as lines.
CommandStatus run_and_print(const CommonOptions& common, const std::string& command,
                            const std::vector<Column>& columns);

}  // namespace porchlight::cli
