// porchlight app: add, list, show, set, remove, sign-ins. The commands on how an application signs in are in
// app_registration.cc.
#include <CLI/CLI.hpp>
#include <memory>
#include <tuple>

#include "cli/admin_client.h"
#include "cli/app_registration.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// What `app list` and the other commands print of an application.
const std::vector<Column> kAppColumns = {{"appId", "ID"},      {"displayName", "NAME"},
                                         {"client", "CLIENT"}, {"priority", "PRIORITY"},
                                         {"scopes", "SCOPES"}, {"roles", "ROLES"}};

// What `app sign-ins` prints.
const std::vector<Column> kSignInColumns = {
    {"id", "ID"},       {"userPrincipalName", "USER"}, {"displayName", "NAME"},
    {"begun", "BEGUN"}, {"lastUsed", "LAST USED"},     {"device", "DEVICE"}};

constexpr const char* kAppAddExamples = R"(
Examples:
  porchlight app add --data ~/porch --name Board --scope "Presence.Read Presence.Read.All"
  porchlight app add --data ~/porch --name Sync --role Presence.ReadWrite.All
  porchlight app add --data ~/porch --name Softphone --client --role Presence.ReadWrite.All
  porchlight app add --data ~/porch --name On-call --priority --role Presence.ReadWrite.All)";
constexpr const char* kAppSetExamples = R"(
Options that are absent leave their setting as it is. A list of permissions replaces the old one; "" grants none. Tokens
that were made before keep what they have.

Examples:
  porchlight app set Board --data ~/porch --scope "Presence.Read User.Read"
  porchlight app set Softphone --data ~/porch --name "Softphone 2" --client on)";
constexpr const char* kAppListExamples = R"(
Examples:
  porchlight app list --data ~/porch)";
constexpr const char* kAppShowExamples = R"(
Examples:
  porchlight app show Board --data ~/porch --json)";
constexpr const char* kAppRemoveExamples = R"(
Examples:
  porchlight app remove Board --data ~/porch)";
constexpr const char* kAppSignInsExamples = R"(
Lists the sign-ins at this server that go on without the user: of displays, browsers and programs. With --revoke, one of
them ends when its last access token does, within an hour, and the user has to sign in again.

Examples:
  porchlight app sign-ins "Porchlight Wall" --data ~/porch
  porchlight app sign-ins "Porchlight Wall" --data ~/porch --revoke 5b2f8c0e-8d0f-4a53-9f0b-0f6c6a7d1c11)";

// The options of all commands on applications; each command reads its own.
struct AppOptions : CommonOptions {
  std::string app, name, id, sign_in;
  bool client = false, priority = false;
  std::vector<std::string> scopes, roles;
};

// The options of `app set`. Lists keep their CLI::Option, to tell an empty list from an absent one.
struct AppSetOptions : CommonOptions {
  std::string app, name, client, priority;
  std::vector<std::string> scopes, roles;
  CLI::Option* scope_option = nullptr;
  CLI::Option* role_option = nullptr;
};

// Adds `app add`.
void add_app_add(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<AppOptions>& options) {
  CLI::App* add = group.add_subcommand("add", "Add an application and print it");
  add_common(*add, *options);
  add_tenant_option(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  add->add_option("--id", options->id, "Its id, a GUID (default: a new one)")->type_name("GUID");
  add->add_flag(
      "--client", options->client,
      "Its sessions may have any availability and activity, and need no expiry (a softphone or chat client)");
  add->add_flag("--priority", options->priority,
                "Its sessions override the preferred presence of users (reception, on-call)");
  add->add_option("--scope", options->scopes, "Delegated permissions to grant, separated by spaces")
      ->expected(1);
  add->add_option("--role", options->roles, "Application permissions to grant, separated by spaces")
      ->expected(1);
  add->footer(kAppAddExamples);
  set_action(*add, selected, [options] {
    const std::string command = admin_command("app.add", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("name", options->name).text_if("id", options->id);
      out.boolean("client", options->client).boolean("priority", options->priority);
      out.texts("scopes", split_words(options->scopes)).texts("roles", split_words(options->roles));
    });
    return run_and_print(*options, command, kAppColumns);
  });
}

// The JSON of `app set`: the members that its options name.
std::string set_command(const AppSetOptions& options) {
  return admin_command("app.set", [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text("app", options.app).text_if("name", options.name);
    if (!options.client.empty()) out.boolean("client", options.client == "on");
    if (!options.priority.empty()) out.boolean("priority", options.priority == "on");
    if (options.scope_option->count() > 0) out.texts("scopes", split_words(options.scopes));
    if (options.role_option->count() > 0) out.texts("roles", split_words(options.roles));
  });
}

// Adds `app set`, which changes only what its options name.
void add_app_set(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<AppSetOptions>();
  CLI::App* set = group.add_subcommand("set", "Change an application, and print it");
  add_common(*set, *options);
  add_tenant_option(*set, *options);
  set->add_option("--app,--id,app", options->app, "The application, by id or name")->required();
  set->add_option("--name", options->name, "Its new name");
  set->add_option("--client", options->client,
                  "on or off: whether it is a signed-in client, as of app add --client")
      ->check(CLI::IsMember({"on", "off"}));
  set->add_option("--priority", options->priority,
                  "on or off: whether its sessions override the preferred presence of users")
      ->check(CLI::IsMember({"on", "off"}));
  options->scope_option =
      set->add_option("--scope", options->scopes, "Delegated permissions, separated by spaces")->expected(1);
  options->role_option =
      set->add_option("--role", options->roles, "Application permissions, separated by spaces")->expected(1);
  set->footer(kAppSetExamples);
  set_action(*set, selected,
             [options] { return run_and_print(*options, set_command(*options), kAppColumns); });
}

// Lists the sign-ins of an application page by page, or revokes the one that is named.
CommandStatus run_sign_ins(const AppOptions& options) {
  if (!options.sign_in.empty())
    return run_removal(options,
                       admin_command("app.sign-in-revoke",
                                     [&](JsonObject& out) {
                                       out.text_if("tenant", options.tenant).text("app", options.app);
                                       out.text("sign_in", options.sign_in);
                                     }),
                       {{"id", "ID"}}, "sign-in");
  return run_and_print_pages(
      options,
      [&](const std::string& after) {
        return admin_command("app.sign-ins", [&](JsonObject& out) {
          out.text_if("tenant", options.tenant).text("app", options.app);
          out.text_if("after", after).number("limit", 999);
        });
      },
      kSignInColumns);
}

// Adds `app sign-ins`.
void add_app_sign_ins(CLI::App& group, SelectedCommand& selected,
                      const std::shared_ptr<AppOptions>& options) {
  CLI::App* sign_ins = group.add_subcommand("sign-ins", "List the sign-ins of an application, or revoke one");
  add_common(*sign_ins, *options);
  add_tenant_option(*sign_ins, *options);
  sign_ins->add_option("--app,app", options->app, "The application, by id or name")->required();
  sign_ins->add_option("--revoke", options->sign_in, "The id of the sign-in to revoke");
  sign_ins->footer(kAppSignInsExamples);
  set_action(*sign_ins, selected, [options] { return run_sign_ins(*options); });
}

}  // namespace

void add_app(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("app", "Add, list, show, change, remove and register applications");
  describe_group(*group);
  const auto options = std::make_shared<AppOptions>();
  add_app_add(*group, selected, options);
  add_app_set(*group, selected);
  add_app_registration(*group, selected);
  add_app_sign_ins(*group, selected, options);

  CLI::App* list = group->add_subcommand("list", "List the applications of a tenant");
  add_common(*list, *options);
  add_tenant_option(*list, *options);
  list->footer(kAppListExamples);
  set_action(*list, selected, [options] {
    const std::string command =
        admin_command("app.list", [&](JsonObject& out) { out.text_if("tenant", options->tenant); });
    return run_and_print(*options, command, kAppColumns);
  });

  const std::tuple<const char*, const char*, const char*> verbs[] = {
      {"show", "Show an application", kAppShowExamples},
      {"remove", "Remove an application", kAppRemoveExamples}};
  for (const auto& [verb, help, examples] : verbs) {
    CLI::App* one = group->add_subcommand(verb, help);
    add_common(*one, *options);
    add_tenant_option(*one, *options);
    one->add_option("--app,--id,app", options->app, "The application, by id or name")->required();
    one->footer(examples);
    set_action(*one, selected, [options, name = std::string(verb)] {
      const std::string command = admin_command("app." + name, [&](JsonObject& out) {
        out.text_if("tenant", options->tenant).text("app", options->app);
      });
      return name == "remove" ? run_removal(*options, command, kAppColumns, "application")
                              : run_and_print(*options, command, kAppColumns);
    });
  }
}

}  // namespace porchlight::cli
