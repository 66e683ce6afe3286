// porchlight token: mints an access token with the server's own key.
#include <CLI/CLI.hpp>
#include <memory>

#include "base/time_text.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

constexpr const char* kTokenExamples = R"(
Prints only the token. With --user, the application acts for that user and the token has scopes. Without --user, the
application acts on its own behalf and the token has roles. The default is what the application was granted.

Examples:
  porchlight token --data ~/porch --app "Demo reader" --user ana@contoso.com
  porchlight token --data ~/porch --app "Demo writer" --role "Presence.ReadWrite.All" --expires 8h)";

// The options of the command. Lists keep their CLI::Option, to tell an empty list from an absent one.
struct TokenOptions {
  std::filesystem::path data;
  std::string app, user, tenant;
  std::vector<std::string> scopes, roles;
  CLI::Option* scope_option = nullptr;
  CLI::Option* role_option = nullptr;
  std::string expires = "1h";
};

// Mints the token and prints it alone, so that a script can capture it.
CommandStatus token(const TokenOptions& options) {
  const std::string command = admin_command("token", [&](JsonObject& out) {
    out.text("app", options.app).text_if("user", options.user).text_if("tenant", options.tenant);
    if (options.scope_option->count() > 0) out.texts("scopes", split_words(options.scopes));
    if (options.role_option->count() > 0) out.texts("roles", split_words(options.roles));
    out.number("expires_ms", parse_human_duration(options.expires)->count());
  });
  return run_and_print_value({.data = options.data, .tenant = {}}, command, "token");
}

}  // namespace

void add_token(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* command = root.add_subcommand("token", "Mint an access token");
  add_data(*command, options->data);
  command->add_option("--app", options->app, "The application, by id or name")->required();
  command->add_option("--user", options->user, "The user it acts for, by id or userPrincipalName");
  command->add_option("--tenant", options->tenant,
                      "The tenant, by id or name; required if there are several");
  options->scope_option =
      command
          ->add_option("--scope", options->scopes, "Delegated permissions, separated by spaces (with --user)")
          ->expected(1);
  options->role_option = command
                             ->add_option("--role", options->roles,
                                          "Application permissions, separated by spaces (without --user)")
                             ->expected(1);
  command
      ->add_option("--expires", options->expires, "How long the token is valid (default 1h, at most 3650d)")
      ->check(check_duration);
  command->footer(kTokenExamples);
  command->callback([options, &selected] { selected = [options] { return token(*options); }; });
}

}  // namespace porchlight::cli
