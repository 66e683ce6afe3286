// porchlight tenant: add, list, show, remove.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kColumns = {{"id", "ID"}, {"displayName", "NAME"}};

struct Options : Common {
  std::string name, id;
};

}  // namespace

void add_tenant(CLI::App& root, Chosen& chosen) {
  CLI::App* group = root.add_subcommand("tenant", "Add, list, show and remove tenants");
  group->require_subcommand(1);
  group->footer(
      "\nExamples:\n  porchlight tenant add --data ~/porch --name Contoso\n"
      "  porchlight tenant list --data ~/porch --json");
  const auto options = std::make_shared<Options>();

  CLI::App* add = group->add_subcommand("add", "Add a tenant and print it");
  add_common(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  add->add_option("--id", options->id, "Its id, a GUID; a new one if absent")->type_name("GUID");
  choose(*add, chosen, [options] {
    CommandText command("tenant.add");
    return run_and_print(*options, command.text("name", options->name).text_if("id", options->id).take(),
                         kColumns);
  });

  CLI::App* list = group->add_subcommand("list", "List the tenants");
  add_common(*list, *options);
  choose(*list, chosen,
         [options] { return run_and_print(*options, CommandText("tenant.list").take(), kColumns); });

  for (const char* verb : {"show", "remove"}) {
    CLI::App* one = group->add_subcommand(verb, std::string(verb) + " a tenant");
    add_common(*one, *options);
    one->add_option("--tenant,tenant", options->tenant, "Which one, by id or name")->required();
    choose(*one, chosen, [options, verb] {
      CommandText command(std::string("tenant.") + verb);
      return run_and_print(*options, command.text("tenant", options->tenant).take(), kColumns);
    });
  }
}

}  // namespace porchlight::cli
