// porchlight app register, secret-add, secret-remove, certificate-add, certificate-remove, registration: how an
// application signs in at the authority.
#include "cli/app_registration.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/time_text.h"
#include "cli/directory_command.h"
#include "cli/secret_input.h"

namespace porchlight::cli {
namespace {

// What the commands print of a registration.
const std::vector<Column> kRegistrationColumns = {{"appId", "ID"},
                                                  {"displayName", "NAME"},
                                                  {"public", "PUBLIC"},
                                                  {"idTokens", "ID TOKENS"},
                                                  {"requirePkce", "PKCE REQUIRED"},
                                                  {"redirectUris", "REDIRECTS"},
                                                  {"requested", "REQUESTED"},
                                                  {"exposed", "EXPOSED"},
                                                  {"preauthorized", "PREAUTHORIZED"},
                                                  {"secrets", "SECRETS"},
                                                  {"certificates", "CERTIFICATES"}};
// What `app secret-add` prints; the only time that the secret is visible.
const std::vector<Column> kSecretColumns = {{"secret", "SECRET"}, {"id", "ID"}, {"expires", "EXPIRES"}};

// How the examples of the help begin; each command appends the rest of its line.
std::string registration_example(std::string_view rest) {
  return fmt::format("\nExamples:\n  porchlight app {}", rest);
}

// The options of all commands on registrations. Lists keep their CLI::Option, to tell an empty list from an absent one.
struct RegistrationOptions : CommonOptions {
  std::string app, kind, id_tokens, require_pkce, secret, expires, thumbprint;
  std::vector<std::string> redirects, requested, exposed, preauthorized;
  std::filesystem::path certificate;
  CLI::Option* redirects_option = nullptr;
  CLI::Option* requested_option = nullptr;
  CLI::Option* exposed_option = nullptr;
  CLI::Option* preauthorized_option = nullptr;
};
using OptionsPtr = std::shared_ptr<RegistrationOptions>;

// Adds a command on one application, with the options that all of them have.
CLI::App* add_verb(CLI::App& group, const OptionsPtr& options, const char* name, const char* help) {
  CLI::App* verb = group.add_subcommand(name, help);
  add_common(*verb, *options);
  add_tenant_option(*verb, *options);
  verb->add_option("--app,app", options->app, "The application, by id or name")->required();
  return verb;
}

// A command on one application, with the members that write(JsonObject&) adds.
template <typename Write>
std::string app_command(const char* name, const RegistrationOptions& options, Write&& write) {
  return admin_command(name, [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text("app", options.app);
    write(out);
  });
}

// Adds `app register`, which changes only what its options name.
void add_register(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* verb =
      add_verb(group, options, "register",
               "Change how an application signs in; options that are absent leave their setting as it is");
  verb->add_option(
          "--kind", options->kind,
          "public: has no credentials of its own; confidential: signs in with secrets or certificates")
      ->check(CLI::IsMember({"public", "confidential"}));
  verb->add_option("--id-tokens", options->id_tokens,
                   "on or off: whether it gets ID tokens from the authorization endpoint (response type "
                   "id_token or code id_token, as of ASP.NET Core)")
      ->check(CLI::IsMember({"on", "off"}));
  verb->add_option("--require-pkce", options->require_pkce,
                   "on or off: whether it must use PKCE although it is confidential; public ones must anyway")
      ->check(CLI::IsMember({"on", "off"}));
  options->redirects_option =
      verb->add_option("--redirect", options->redirects, "Redirect URIs, separated by spaces")->expected(1);
  options->requested_option =
      verb->add_option("--request", options->requested,
                       "Delegated permissions that users are asked to consent to, separated by spaces")
          ->expected(1);
  options->exposed_option =
      verb->add_option("--expose", options->exposed,
                       "Scopes that it offers to other applications, separated by spaces")
          ->expected(1);
  options->preauthorized_option =
      verb->add_option("--preauthorize", options->preauthorized,
                       "An application, by id or name, that gets the exposed scopes for every user without "
                       "asking (may be repeated)")
          ->allow_extra_args(false);
  verb->footer(registration_example(
      "register Board --data ~/porch --kind public --redirect http://localhost\n"
      "  porchlight app register Board --data ~/porch --request \"Presence.Read User.Read\"\n"
      "  porchlight app register Middle --data ~/porch --expose access --preauthorize Board"));
  set_action(*verb, selected, [options] {
    const std::string command = app_command("app.register", *options, [&](JsonObject& out) {
      if (!options->kind.empty()) out.boolean("public", options->kind == "public");
      if (!options->id_tokens.empty()) out.boolean("id_tokens", options->id_tokens == "on");
      if (!options->require_pkce.empty()) out.boolean("require_pkce", options->require_pkce == "on");
      if (options->redirects_option->count() > 0) out.texts("redirects", split_words(options->redirects));
      if (options->requested_option->count() > 0) out.texts("requested", split_words(options->requested));
      if (options->exposed_option->count() > 0) out.texts("exposed", split_words(options->exposed));
      // Names may have spaces, so each is an option of its own; an empty one clears the list.
      std::erase(options->preauthorized, "");
      if (options->preauthorized_option->count() > 0) out.texts("preauthorized", options->preauthorized);
    });
    return run_and_print(*options, command, kRegistrationColumns);
  });
}

// Adds `app secret-add` and `app secret-remove`.
void add_secrets(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* add =
      add_verb(group, options, "secret-add", "Make a client secret and print it; it cannot be printed again");
  add->add_option("--expires", options->expires, "How long the secret is valid (default 180d, at most 730d)")
      ->check(check_duration);
  add->footer(registration_example("secret-add Sync --data ~/porch --expires 90d"));
  set_action(*add, selected, [options] {
    const std::string command = app_command("app.secret-add", *options, [&](JsonObject& out) {
      if (!options->expires.empty())
        out.number("expires_ms", parse_human_duration(options->expires)->count());
    });
    return run_and_print(*options, command, kSecretColumns);
  });
  CLI::App* remove = add_verb(group, options, "secret-remove", "Remove a client secret");
  remove->add_option("--secret", options->secret, "The id of the secret")->required();
  remove->footer(registration_example(
      "secret-remove Sync --data ~/porch --secret 5b2f8c0e-8d0f-4a53-9f0b-0f6c6a7d1c11"));
  set_action(*remove, selected, [options] {
    const std::string command = app_command("app.secret-remove", *options,
                                            [&](JsonObject& out) { out.text("secret", options->secret); });
    return run_and_print(*options, command, kRegistrationColumns);
  });
}

// Adds `app certificate-add` and `app certificate-remove`.
void add_certificates(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* add = add_verb(group, options, "certificate-add", "Register a certificate");
  add->add_option("--file", options->certificate, "A file with the certificate in PEM; - for stdin")
      ->required();
  add->footer(registration_example("certificate-add Sync --data ~/porch --file sync.pem"));
  set_action(*add, selected, [options]() -> CommandStatus {
    const auto pem = read_input(options->certificate);
    if (!pem) return std::unexpected(pem.error());
    const std::string command =
        app_command("app.certificate-add", *options, [&](JsonObject& out) { out.text("certificate", *pem); });
    return run_and_print(*options, command, kRegistrationColumns);
  });
  CLI::App* remove = add_verb(group, options, "certificate-remove", "Remove a certificate");
  remove
      ->add_option("--thumbprint", options->thumbprint,
                   "The thumbprint of the certificate, as `app registration` prints it")
      ->required();
  remove->footer(registration_example("certificate-remove Sync --data ~/porch --thumbprint THUMBPRINT"));
  set_action(*remove, selected, [options] {
    const std::string command = app_command("app.certificate-remove", *options, [&](JsonObject& out) {
      out.text("certificate", options->thumbprint);
    });
    return run_and_print(*options, command, kRegistrationColumns);
  });
}

}  // namespace

void add_app_registration(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<RegistrationOptions>();
  add_register(group, selected, options);
  add_secrets(group, selected, options);
  add_certificates(group, selected, options);
  CLI::App* show = add_verb(group, options, "registration", "Show how an application signs in");
  show->footer(registration_example("registration Board --data ~/porch"));
  set_action(*show, selected, [options] {
    return run_and_print(*options, app_command("app.registration", *options, [](JsonObject&) {}),
                         kRegistrationColumns);
  });
}

}  // namespace porchlight::cli
