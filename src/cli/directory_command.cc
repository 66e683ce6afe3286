#include "cli/directory_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/admin_client.h"

namespace porchlight::cli {

void choose(CLI::App& command, Chosen& chosen, std::function<Ended()> work) {
  command.callback([&chosen, work = std::move(work)] { chosen = work; });
}

void add_tenant_option(CLI::App& command, Common& common) {
  command.add_option("--tenant", common.tenant, "The tenant, by id or name; needed where there are several");
}

Ended run_and_print(const Common& common, const std::string& command, const std::vector<Column>& columns) {
  const auto result = run_once(common.data, command);
  if (!result) return std::unexpected(result.error());
  if (common.json) {
    std::puts(result->c_str());
    return {};
  }
  return result->starts_with('[') ? print_table(*result, columns, true) : print_object(*result, columns);
}

}  // namespace porchlight::cli
