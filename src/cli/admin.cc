// porchlight admin: grant, revoke, list.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// What the commands print of an administrator.
const std::vector<Column> kAdminColumns = {
    {"id", "ID"}, {"userPrincipalName", "UPN"}, {"displayName", "NAME"}};

constexpr const char* kAdminNote = R"(
An administrator is a user who may call the administration API for the tenant of the user; one of the operator's
tenant, for all tenants (porchlight tenant set --operator on).
)";
constexpr const char* kAdminGrantExamples = R"(
Examples:
  porchlight admin grant ana@contoso.com --data ~/porch)";
constexpr const char* kAdminRevokeExamples = R"(
Examples:
  porchlight admin revoke ana@contoso.com --data ~/porch)";
constexpr const char* kAdminListExamples = R"(
Examples:
  porchlight admin list --data ~/porch)";

struct AdminOptions : CommonOptions {
  std::string user;
};

// Adds a subcommand that runs the administrative command `name` on one user.
void add_on_user(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<AdminOptions>& options,
                 const std::string& verb, const char* what, const char* examples) {
  CLI::App* command = group.add_subcommand(verb, what);
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
      ->required();
  command->footer(examples);
  set_action(*command, selected, [options, name = "admin." + verb] {
    const std::string request = admin_command(
        name, [&](JsonObject& out) { out.text_if("tenant", options->tenant).text("user", options->user); });
    return run_and_print(*options, request, kAdminColumns);
  });
}

}  // namespace

void add_admin(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("admin", "Say which users administer their tenant");
  describe_group(*group, kAdminNote);
  const auto options = std::make_shared<AdminOptions>();
  add_on_user(*group, selected, options, "grant", "Let a user administer the tenant, and print the user",
              kAdminGrantExamples);
  add_on_user(*group, selected, options, "revoke", "End that, and print the user", kAdminRevokeExamples);
  CLI::App* list = group->add_subcommand("list", "List the administrators of a tenant");
  add_common(*list, *options);
  add_tenant_option(*list, *options);
  list->footer(kAdminListExamples);
  set_action(*list, selected, [options] {
    const std::string request =
        admin_command("admin.list", [&](JsonObject& out) { out.text_if("tenant", options->tenant); });
    return run_and_print(*options, request, kAdminColumns);
  });
}

}  // namespace porchlight::cli
