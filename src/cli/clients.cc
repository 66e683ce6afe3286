// porchlight clients: lists and ends what clients have at a running server: subscriptions, streams and waits.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "base/json.h"
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
const std::vector<Column> kTestColumns = {{"id", "ID"},         {"state", "STATE"},
                                          {"status", "STATUS"}, {"milliseconds", "MILLISECONDS"},
                                          {"fault", "FAULT"},   {"reason", "REASON"}};
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
  const char* result = nullptr;    // the command that shows what came of it; null: its own result does
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
    {.name = "test",
     .command = "subscription.test",
     .what = "Send the validation request to the receiver of a subscription again, and print how it answers",
     .columns = &kTestColumns,
     .argument = "subscription",
     .result = "subscription.test-result",
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

// How often the result of a command that goes on is asked for.
constexpr std::chrono::milliseconds kResultInterval{100};

// Whether the command that the result is of goes on.
bool is_running(const std::string& result) {
  JsonReader reader;
  const auto root = reader.parse(result);
  std::string_view state;
  return root && !(*root)["state"].get_string().get(state) && state == "running";
}

// Runs a command that goes on after its answer, and prints its result. It ends by itself: the time of a receiver is
// bounded.
CommandStatus run_and_await(const ClientsOptions& options, const std::string& command,
                            const std::string& show, const std::vector<Column>& columns) {
  auto result = run_once(options.data, command, options.timeout);
  while (result && is_running(*result)) {
    std::this_thread::sleep_for(kResultInterval);
    result = run_once(options.data, show, options.timeout);
  }
  if (!result) return std::unexpected(result.error());
  return run_and_print(options, show, columns);
}

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
  const auto on_id = [&](const char* name) {
    return admin_command(name, [&](JsonObject& out) {
      out.text_if("tenant", options.tenant).text(verb.argument, options.id);
    });
  };
  if (verb.result != nullptr)
    return run_and_await(options, on_id(verb.command), on_id(verb.result), *verb.columns);
  return run_and_print(options, on_id(verb.command), *verb.columns);
}

}  // namespace

void add_clients(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("clients", "List, test and end subscriptions, streams and waits");
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
