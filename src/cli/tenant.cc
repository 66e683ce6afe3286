// porchlight tenant: add, list, show, set, remove, scim-token.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"
#include "identity/claims.h"

namespace porchlight::cli {
namespace {

// What the commands print of a tenant.
const std::vector<Column> kTenantColumns = {
    {"id", "ID"},           {"displayName", "NAME"},  {"zone", "ZONE"},
    {"history", "HISTORY"}, {"operator", "OPERATOR"}, {"trusts", "TRUSTS"}};

constexpr const char* kTenantAddExamples = R"(
Examples:
  porchlight tenant add --data ~/porch --name Contoso
  porchlight tenant add --data ~/porch --name "Personal accounts" --personal)";
constexpr const char* kTenantListExamples = R"(
Examples:
  porchlight tenant list --data ~/porch --json)";
constexpr const char* kTenantShowExamples = R"(
Examples:
  porchlight tenant show Contoso --data ~/porch)";
constexpr const char* kTenantRemoveExamples = R"(
Examples:
  porchlight tenant remove Contoso --data ~/porch --yes)";

constexpr const char* kTenantSetExamples = R"(
Options that are absent leave their setting as it is. Users of two tenants see each other's presence if both tenants
trust each other; trust in one direction has no effect.

Examples:
  porchlight tenant set Contoso --data ~/porch --zone Europe/Berlin
  porchlight tenant set Contoso --data ~/porch --trust Fabrikam
  porchlight tenant set Fabrikam --data ~/porch --trust Contoso)";

constexpr const char* kScimExamples = R"(
Prints only the token. With it, an identity provider manages the tenant's users and groups by SCIM 2.0 under /scim/v2.
The token cannot be printed again. A new token replaces the old one at once.

Examples:
  porchlight tenant scim-token Contoso --data ~/porch
  porchlight tenant scim-token Contoso --data ~/porch --revoke)";

// The options of all commands on tenants; each command reads its own.
struct TenantOptions : CommonOptions {
  std::string name, id, zone, history, is_operator, web;
  std::vector<std::string> trust, untrust;
  bool revoke = false, personal = false, yes = false, allow_duplicate_name = false;
};

// A command on one tenant without other members.
std::string tenant_command(const std::string& name, const TenantOptions& options) {
  return admin_command(name, [&](JsonObject& out) { out.text("tenant", options.tenant); });
}

// Adds `tenant set`, which changes only what its options name.
void add_set(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<TenantOptions>& options) {
  CLI::App* set = group.add_subcommand("set", "Change the settings of a tenant, and print it");
  add_common(*set, *options);
  set->add_option("--tenant,tenant", options->tenant, "The tenant, by id or name")->required();
  set->add_option("--zone", options->zone,
                  "Its time zone, such as Europe/Berlin: work locations end at the end of the day there");
  set->add_option("--history", options->history, "Whether clients can read past presence: on or off")
      ->check(CLI::IsMember({"on", "off"}));
  set->add_option("--operator", options->is_operator,
                  "Whether its administrators administer all tenants: on or off. One tenant at most")
      ->check(CLI::IsMember({"on", "off"}));
  set->add_option(
         "--web", options->web,
         "Whether its users may sign in to the web interface: on or off. Adds or removes three applications")
      ->check(CLI::IsMember({"on", "off"}));
  set->add_option(
         "--trust", options->trust,
         "A tenant to trust, by id or name: its users may see the presence of this one's (may be repeated)")
      ->allow_extra_args(false);
  set->add_option("--untrust", options->untrust, "A tenant to stop trusting, by id or name (may be repeated)")
      ->allow_extra_args(false);
  set->footer(kTenantSetExamples);
  set_action(*set, selected, [options] {
    const std::string command = admin_command("tenant.set", [&](JsonObject& out) {
      out.text("tenant", options->tenant).text_if("zone", options->zone);
      if (!options->history.empty()) out.boolean("history", options->history == "on");
      if (!options->is_operator.empty()) out.boolean("operator", options->is_operator == "on");
      if (!options->web.empty()) out.boolean("web", options->web == "on");
      if (!options->trust.empty()) out.texts("trust", options->trust);
      if (!options->untrust.empty()) out.texts("untrust", options->untrust);
    });
    return run_and_print(*options, command, kTenantColumns);
  });
}

// Adds `tenant scim-token`.
void add_scim_token(CLI::App& group, SelectedCommand& selected,
                    const std::shared_ptr<TenantOptions>& options) {
  CLI::App* token =
      group.add_subcommand("scim-token", "Make a token for an identity provider (SCIM), and print it");
  add_common(*token, *options);
  token->add_option("--tenant,tenant", options->tenant, "The tenant, by id or name")->required();
  token->add_flag("--revoke", options->revoke, "Revoke the tenant's token instead");
  token->footer(kScimExamples);
  set_action(*token, selected, [options]() -> CommandStatus {
    if (options->revoke)
      return run_and_print(*options, tenant_command("tenant.scim-revoke", *options), kTenantColumns);
    return run_and_print_value(*options, tenant_command("tenant.scim-token", *options), "token");
  });
}

// What the tenant has, as the sentence shows it; empty if it has nothing.
std::expected<std::string, std::string> contents_of(const std::expected<std::string, std::string>& result) {
  if (!result) return result;
  JsonReader reader;
  const auto root = reader.parse(*result);
  std::uint64_t users, applications, groups;
  if (!root || (*root)["users"].get_uint64().get(users) ||
      (*root)["applications"].get_uint64().get(applications) || (*root)["groups"].get_uint64().get(groups))
    return std::unexpected("the server's answer has no numbers");
  if (users + applications + groups == 0) return "";
  return fmt::format("{} users, {} applications and {} groups", users, applications, groups);
}

// Asks on a terminal whether to remove the tenant with what it has.
bool is_confirmed(const TenantOptions& options, const std::string& contents) {
  if (options.yes) return true;
  if (::isatty(STDIN_FILENO) != 1) return false;
  fmt::print(stderr, "tenant \"{}\" has {}. Remove all of them? [y/N] ", options.tenant, contents);
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

// Removes the tenant, after what it has. An interrupted removal leaves the tenant with the rest of it.
CommandStatus remove_tenant(const TenantOptions& options) {
  auto client = AdminClient::open(options.data, options.timeout);
  if (!client) return std::unexpected(client.error());
  auto contents = contents_of((*client)->run(tenant_command("tenant.contents", options)));
  if (contents && !contents->empty() && !is_confirmed(options, *contents))
    return std::unexpected(
        fmt::format("tenant \"{}\" has {}; --yes removes them with it", options.tenant, *contents));
  while (contents && !contents->empty())
    contents = contents_of((*client)->run(tenant_command("tenant.empty", options)));
  if (!contents) return std::unexpected(contents.error());
  client->reset();
  return run_removal(options, tenant_command("tenant.remove", options), kTenantColumns, "tenant");
}

// Adds `tenant remove`.
void add_remove(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<TenantOptions>& options) {
  CLI::App* remove = group.add_subcommand("remove", "Remove a tenant and what it has");
  add_common(*remove, *options);
  remove->add_option("--tenant,tenant", options->tenant, "The tenant, by id or name")->required();
  remove->add_flag(
      "--yes", options->yes,
      "Remove its users, applications and groups too, without a question; needed if the input is not a "
      "terminal and the tenant has any");
  remove->footer(kTenantRemoveExamples);
  set_action(*remove, selected, [options] { return remove_tenant(*options); });
}

}  // namespace

void add_tenant(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand(
      "tenant", "Add, list, show, change and remove tenants; make tokens for identity providers");
  describe_group(*group);
  const auto options = std::make_shared<TenantOptions>();

  CLI::App* add = group->add_subcommand("add", "Add a tenant and print it");
  add_common(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  auto* id = add->add_option("--id", options->id, "Its id, a GUID (default: a new one)")->type_name("GUID");
  add->add_flag("--personal", options->personal,
                "The tenant of personal accounts: its users sign in at /consumers and have no presence")
      ->excludes(id);
  add->add_flag("--allow-duplicate-name", options->allow_duplicate_name,
                "Add it although another tenant has the name; commands must then name both by id");
  add->footer(kTenantAddExamples);
  set_action(*add, selected, [options] {
    if (options->personal) options->id = identity::kPersonalTenant;
    const std::string command = admin_command("tenant.add", [&](JsonObject& out) {
      out.text("name", options->name).text_if("id", options->id);
      if (options->allow_duplicate_name) out.boolean("allow_duplicate_name", true);
    });
    return run_and_print(*options, command, kTenantColumns);
  });

  CLI::App* list = group->add_subcommand("list", "List the tenants");
  add_common(*list, *options);
  list->footer(kTenantListExamples);
  set_action(*list, selected, [options] {
    return run_and_print(*options, admin_command("tenant.list", [](JsonObject&) {}), kTenantColumns);
  });

  add_set(*group, selected, options);
  add_scim_token(*group, selected, options);

  CLI::App* show = group->add_subcommand("show", "Show a tenant");
  add_common(*show, *options);
  show->add_option("--tenant,tenant", options->tenant, "The tenant, by id or name")->required();
  show->footer(kTenantShowExamples);
  set_action(*show, selected, [options] {
    return run_and_print(*options, tenant_command("tenant.show", *options), kTenantColumns);
  });
  add_remove(*group, selected, options);
}

}  // namespace porchlight::cli
