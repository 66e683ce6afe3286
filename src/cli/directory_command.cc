#include "cli/directory_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/admin_client.h"

namespace porchlight::cli {

void set_action(CLI::App& command, SelectedCommand& selected, std::function<CommandStatus()> work) {
  command.callback([&selected, work = std::move(work)] { selected = work; });
}

void add_tenant_option(CLI::App& command, CommonOptions& common) {
  command.add_option("--tenant", common.tenant, "The tenant, by id or name; required if there are several");
}

CommandStatus run_and_print(const CommonOptions& common, const std::string& command,
                            const std::vector<Column>& columns) {
  const auto result = run_once(common.data, command);
  if (!result) return std::unexpected(result.error());
  if (common.json) {
    std::puts(result->c_str());
    return {};
  }
  return result->starts_with('[') ? print_table(*result, columns, true) : print_object(*result, columns);
}

}  // namespace porchlight::cli
