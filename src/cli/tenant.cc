// porchlight tenant: add, list, show, set, remove, scim-token.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"
#include "identity/claims.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kTenantColumns = {
    {"id", "ID"}, {"displayName", "NAME"}, {"zone", "ZONE"}, {"history", "HISTORY"}, {"trusts", "TRUSTS"}};

constexpr const char* kTenantExamples = R"(
Examples:
  porchlight tenant add --data ~/porch --name Contoso
  porchlight tenant add --data ~/porch --name "Personal accounts" --personal
  porchlight tenant list --data ~/porch --json
  porchlight tenant set Contoso --data ~/porch --zone Europe/Berlin --history off)";

constexpr const char* kSetExamples = R"(
What is not said stays as it is. People of two tenants see each other's presence where each tenant trusts the
other; trust on one side alone shows nothing.

Examples:
  porchlight tenant set Contoso --data ~/porch --zone Europe/Berlin
  porchlight tenant set Contoso --data ~/porch --trust Fabrikam
  porchlight tenant set Fabrikam --data ~/porch --trust Contoso)";

constexpr const char* kScimExamples = R"(
The token lets an identity provider say, by SCIM 2.0 under /scim/v2, who is in the tenant. It is shown once. A new
one takes the old one's place at once.

Examples:
  porchlight tenant scim-token Contoso --data ~/porch
  porchlight tenant scim-token Contoso --data ~/porch --revoke)";

struct TenantOptions : CommonOptions {
  std::string name, id, zone, history;
  std::vector<std::string> trust, untrust;
  bool revoke = false, personal = false;
};

void add_set(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<TenantOptions>& options) {
  CLI::App* set = group.add_subcommand("set", "Change what a tenant decides for itself, and print it");
  add_common(*set, *options);
  set->add_option("--tenant,tenant", options->tenant, "Which one, by id or name")->required();
  set->add_option("--zone", options->zone,
                  "Its time zone, such as Europe/Berlin: when its day ends, for work locations");
  set->add_option("--history", options->history, "Whether past presence may be asked for: on or off")
      ->check(CLI::IsMember({"on", "off"}));
  set->add_option("--trust", options->trust, "A tenant, by id or name, whose people may see this one's")
      ->allow_extra_args(false);
  set->add_option("--untrust", options->untrust, "A tenant to trust no more")->allow_extra_args(false);
  set->footer(kSetExamples);
  set_action(*set, selected, [options] {
    CommandText command("tenant.set");
    command.text("tenant", options->tenant).text_if("zone", options->zone);
    if (!options->history.empty()) command.flag("history", options->history == "on");
    if (!options->trust.empty()) command.texts("trust", options->trust);
    if (!options->untrust.empty()) command.texts("untrust", options->untrust);
    return run_and_print(*options, command.take(), kTenantColumns);
  });
}

void add_scim_token(CLI::App& group, SelectedCommand& selected,
                    const std::shared_ptr<TenantOptions>& options) {
  CLI::App* token =
      group.add_subcommand("scim-token", "Make the token by which an identity provider provisions");
  add_common(*token, *options);
  token->add_option("--tenant,tenant", options->tenant, "Whose, by id or name")->required();
  token->add_flag("--revoke", options->revoke, "Make none, and end the one there is");
  token->footer(kScimExamples);
  set_action(*token, selected, [options]() -> CommandStatus {
    CommandText command(options->revoke ? "tenant.scim-revoke" : "tenant.scim-token");
    command.text("tenant", options->tenant);
    if (options->revoke) return run_and_print(*options, command.take(), kTenantColumns);
    return run_and_print(*options, command.take(), {{"tenant", "TENANT"}, {"token", "TOKEN"}});
  });
}

}  // namespace

void add_tenant(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group =
      root.add_subcommand("tenant", "Add, list, show, set and remove tenants; let identity providers in");
  group->require_subcommand(1);
  group->footer(kTenantExamples);
  const auto options = std::make_shared<TenantOptions>();

  CLI::App* add = group->add_subcommand("add", "Add a tenant and print it");
  add_common(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  auto* id = add->add_option("--id", options->id, "Its id, a GUID; a new one if absent")->type_name("GUID");
  add->add_flag("--personal", options->personal,
                "The one of personal accounts, which may sign in at /consumers but have no presence")
      ->excludes(id);
  set_action(*add, selected, [options] {
    CommandText command("tenant.add");
    if (options->personal) options->id = identity::kPersonalTenant;
    return run_and_print(*options, command.text("name", options->name).text_if("id", options->id).take(),
                         kTenantColumns);
  });

  CLI::App* list = group->add_subcommand("list", "List the tenants");
  add_common(*list, *options);
  set_action(*list, selected, [options] {
    return run_and_print(*options, CommandText("tenant.list").take(), kTenantColumns);
  });

  add_set(*group, selected, options);
  add_scim_token(*group, selected, options);

  for (const char* verb : {"show", "remove"}) {
    CLI::App* one = group->add_subcommand(verb, std::string(verb) + " a tenant");
    add_common(*one, *options);
    one->add_option("--tenant,tenant", options->tenant, "Which one, by id or name")->required();
    set_action(*one, selected, [options, verb] {
      CommandText command(std::string("tenant.") + verb);
      return run_and_print(*options, command.text("tenant", options->tenant).take(), kTenantColumns);
    });
  }
}

}  // namespace porchlight::cli
