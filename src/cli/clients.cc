// porchlight clients: lists and ends what clients have at a running server: subscriptions, streams and waits.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kSubscriptionColumns = {{"id", "ID"},
                                                  {"applicationName", "APPLICATION"},
                                                  {"userPrincipalName", "USER"},
                                                  {"resource", "RESOURCE"},
                                                  {"host", "HOST"},
                                                  {"expirationDateTime", "EXPIRES"},
                                                  {"pending", "PENDING"},
                                                  {"state", "STATE"}};
const std::vector<Column> kConnectionColumns = {{"id", "ID"},
                                                {"kind", "KIND"},
                                                {"applicationName", "APPLICATION"},
                                                {"userPrincipalName", "USER"},
                                                {"since", "SINCE"},
                                                {"users", "USERS"},
                                                {"behind", "BEHIND"}};
const std::vector<Column> kIdColumns = {{"id", "ID"}};

constexpr const char* kClientsNote = R"(
What clients have open at the running server. Each removal is in the audit log. Clients may open connections again; to end
the tokens of a user: porchlight token revoke.
)";

struct ClientsOptions : CommonOptions {
  std::string id;
};

// A command that lists, or that ends one thing by its id.
struct ClientsVerb {
  const char* name;
  const char* command;  // of server/server_commands.h
  const char* what;
  const std::vector<Column>* columns;
  const char* argument = nullptr;  // the member of the command with the id; null: it lists
  const char* example = "";
};

constexpr ClientsVerb kClientsVerbs[] = {
    {.name = "subscriptions",
     .command = "subscription.list",
     .what = "List the subscriptions to change notifications, and how their posts go",
     .columns = &kSubscriptionColumns},
    {.name = "unsubscribe",
     .command = "subscription.remove",
     .what = "Remove a subscription, and print its id",
     .columns = &kIdColumns,
     .argument = "subscription",
     .example = "7a1f0c5e-2b94-4f0e-9f6d-0f8f6f1d2c3b "},
    {.name = "connections",
     .command = "connection.list",
     .what = "List the open streams and waits",
     .columns = &kConnectionColumns},
    {.name = "disconnect",
     .command = "connection.end",
     .what = "End a stream or a wait, and print its id",
     .columns = &kIdColumns,
     .argument = "connection",
     .example = "stream-17 "},
};

CommandStatus run_verb(const ClientsVerb& verb, const ClientsOptions& options) {
  if (!server_process(options.data))
    return std::unexpected(fmt::format("no server runs on {}", options.data.string()));
  if (verb.argument == nullptr)
    return run_and_print_pages(
        options,
        [&](const std::string& after) {
          return admin_command(verb.command, [&](JsonObject& out) {
            out.text_if("tenant", options.tenant).text_if("after", after).number("limit", 999);
          });
        },
        *verb.columns);
  const std::string command = admin_command(verb.command, [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text(verb.argument, options.id);
  });
  return run_and_print(options, command, *verb.columns);
}

}  // namespace

void add_clients(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("clients", "List and end subscriptions, streams and waits");
  describe_group(*group, kClientsNote);
  const auto options = std::make_shared<ClientsOptions>();
  for (const ClientsVerb& verb : kClientsVerbs) {
    CLI::App* command = group->add_subcommand(verb.name, verb.what);
    add_common(*command, *options);
    add_tenant_option(*command, *options);
    if (verb.argument != nullptr)
      command->add_option("--id,id", options->id, "The id that the list shows")->required();
    command->footer(
        fmt::format("\nExamples:\n  porchlight clients {} {}--data ~/porch", verb.name, verb.example));
    set_action(*command, selected, [options, &verb] { return run_verb(verb, *options); });
  }
}

}  // namespace porchlight::cli
