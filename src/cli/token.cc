// porchlight token: mints an access token with the server's own key. porchlight token revoke: ends tokens.
#include <CLI/CLI.hpp>
#include <array>
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

constexpr const char* kRevokeExamples = R"(
Ends every token that was issued until now to a user or an application, by any issuer and however long it is valid, and
the refresh tokens and browser sign-ins that began until now. Open streams and waits end within a second. Tokens that are
made from the next second on work. An id need not be that of a user or application of the tenant.

Examples:
  porchlight token revoke --data ~/porch --user ana@contoso.com
  porchlight token revoke --data ~/porch --app "Demo reader")";

// What `token revoke` prints.
const std::vector<Column> kRevokedColumns = {{"id", "ID"}, {"tenant", "TENANT"}};

// The options of `token revoke`.
struct RevokeOptions : CommonOptions {
  std::string user, app;
};

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

CommandStatus revoke_tokens(const RevokeOptions& options) {
  const std::string command = admin_command("token.revoke", [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text_if("user", options.user).text_if("app", options.app);
  });
  return run_and_print(options, command, kRevokedColumns);
}

// Adds `token revoke`.
void add_revoke(CLI::App& token, SelectedCommand& selected) {
  const auto options = std::make_shared<RevokeOptions>();
  CLI::App* revoke = token.add_subcommand("revoke", "End all tokens of a user or an application");
  add_common(*revoke, *options);
  add_tenant_option(*revoke, *options);
  revoke->add_option("--user", options->user, "The user, by id or userPrincipalName");
  revoke->add_option("--app", options->app, "The application, by id or name (in place of --user)");
  revoke->footer(kRevokeExamples);
  revoke->callback([options, &selected] {
    if (options->user.empty() == options->app.empty()) throw CLI::RequiredError("One of --user and --app");
    selected = [options] { return revoke_tokens(*options); };
  });
}

}  // namespace

void add_token(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* command = root.add_subcommand("token", "Mint an access token, or end tokens");
  CLI::Option* data = add_data(*command, options->data).required(false);
  CLI::Option* app = command->add_option("--app", options->app, "The application, by id or name");
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
  add_revoke(*command, selected);
  // Its options are required only if no subcommand is named. The subcommand's callback runs first.
  command->callback([options, &selected, command, required = std::array{data, app}] {
    if (!command->get_subcommands().empty()) return;
    for (const CLI::Option* option : required)
      if (option->empty()) throw CLI::RequiredError(option->get_name());
    selected = [options] { return token(*options); };
  });
}

}  // namespace porchlight::cli
