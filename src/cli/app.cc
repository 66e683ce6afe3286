// porchlight app: add, list, show, remove. The commands on how an application signs in are in app_registration.cc.
#include <CLI/CLI.hpp>
#include <memory>

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

constexpr const char* kAppExamples = R"(
Examples:
  porchlight app add --data ~/porch --name Board --scope "Presence.Read Presence.Read.All"
  porchlight app add --data ~/porch --name Sync --role Presence.ReadWrite.All
  porchlight app add --data ~/porch --name Softphone --client --role Presence.ReadWrite.All
  porchlight app add --data ~/porch --name On-call --priority --role Presence.ReadWrite.All
  porchlight app register --data ~/porch Board --kind public --redirect http://localhost
  porchlight app secret-add --data ~/porch Sync)";

// The options of all commands on applications; each command reads its own.
struct AppOptions : CommonOptions {
  std::string app, name, id;
  bool client = false, priority = false;
  std::vector<std::string> scopes, roles;
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
  set_action(*add, selected, [options] {
    const std::string command = admin_command("app.add", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("name", options->name).text_if("id", options->id);
      out.boolean("client", options->client).boolean("priority", options->priority);
      out.texts("scopes", split_words(options->scopes)).texts("roles", split_words(options->roles));
    });
    return run_and_print(*options, command, kAppColumns);
  });
}

}  // namespace

void add_app(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("app", "Add, list, show, remove and register applications");
  group->require_subcommand(1);
  group->footer(kAppExamples);
  const auto options = std::make_shared<AppOptions>();
  add_app_add(*group, selected, options);
  add_app_registration(*group, selected);

  CLI::App* list = group->add_subcommand("list", "List the applications of a tenant");
  add_common(*list, *options);
  add_tenant_option(*list, *options);
  set_action(*list, selected, [options] {
    const std::string command =
        admin_command("app.list", [&](JsonObject& out) { out.text_if("tenant", options->tenant); });
    return run_and_print(*options, command, kAppColumns);
  });

  for (const auto& [verb, help] :
       {std::pair("show", "Show an application"), std::pair("remove", "Remove an application")}) {
    CLI::App* one = group->add_subcommand(verb, help);
    add_common(*one, *options);
    add_tenant_option(*one, *options);
    one->add_option("--app,--id,app", options->app, "The application, by id or name")->required();
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
