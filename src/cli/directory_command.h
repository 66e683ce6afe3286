// What the commands on tenants, people, applications and groups do alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace porchlight::cli {

// Makes `work` what is run when the command is named.
void choose(CLI::App& command, Chosen& chosen, std::function<Ended()> work);

// Adds --tenant.
void add_tenant_option(CLI::App& command, Common& common);

// Runs one administrative command and prints its result: as it is with --json, else an array as a table and
// an object as lines.
Ended run_and_print(const Common& common, const std::string& command, const std::vector<Column>& columns);

}  // namespace porchlight::cli
