#include "cli/app_registration.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/time_text.h"
#include "cli/directory_command.h"
#include "cli/secret_input.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kRegistrationColumns = {{"appId", "ID"},
                                                  {"displayName", "NAME"},
                                                  {"public", "PUBLIC"},
                                                  {"redirectUris", "REDIRECTS"},
                                                  {"requested", "REQUESTED"},
                                                  {"exposed", "EXPOSED"},
                                                  {"secrets", "SECRETS"},
                                                  {"certificates", "CERTIFICATES"}};
const std::vector<Column> kSecretColumns = {{"secret", "SECRET"}, {"id", "ID"}, {"expires", "EXPIRES"}};

struct RegistrationOptions : CommonOptions {
  std::string app, kind, secret, expires, thumbprint;
  std::vector<std::string> redirects, requested, exposed;
  std::filesystem::path certificate;
  CLI::Option* redirects_option = nullptr;
  CLI::Option* requested_option = nullptr;
  CLI::Option* exposed_option = nullptr;
};
using OptionsPtr = std::shared_ptr<RegistrationOptions>;

CLI::App* add_verb(CLI::App& group, const OptionsPtr& options, const char* name, const char* help) {
  CLI::App* verb = group.add_subcommand(name, help);
  add_common(*verb, *options);
  add_tenant_option(*verb, *options);
  verb->add_option("--app,app", options->app, "Which one, by id or name")->required();
  return verb;
}

CommandText begin(const char* name, const RegistrationOptions& options) {
  CommandText command(name);
  command.text_if("tenant", options.tenant).text("app", options.app);
  return command;
}

std::string check_life(const std::string& text) {
  const auto life = parse_human_duration(text);
  return life && *life > Duration(0) ? "" : "not a duration such as 180d or 8h";
}

void add_register(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* verb =
      add_verb(group, options, "register", "Say how an application signs in; what is not said stays");
  verb->add_option("--kind", options->kind,
                   "public keeps no secret; confidential has secrets or certificates")
      ->check(CLI::IsMember({"public", "confidential"}));
  options->redirects_option =
      verb->add_option("--redirect", options->redirects, "Redirect URIs, between spaces")->expected(1);
  options->requested_option =
      verb->add_option("--request", options->requested,
                       "Delegated permissions that people are asked for, between spaces")
          ->expected(1);
  options->exposed_option = verb->add_option("--expose", options->exposed,
                                             "Scopes of its own for other applications, between spaces")
                                ->expected(1);
  set_action(*verb, selected, [options] {
    CommandText command = begin("app.register", *options);
    if (!options->kind.empty()) command.flag("public", options->kind == "public");
    if (options->redirects_option->count() > 0) command.texts("redirects", split_words(options->redirects));
    if (options->requested_option->count() > 0) command.texts("requested", split_words(options->requested));
    if (options->exposed_option->count() > 0) command.texts("exposed", split_words(options->exposed));
    return run_and_print(*options, command.take(), kRegistrationColumns);
  });
}

void add_secrets(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* add = add_verb(group, options, "secret-add", "Make a secret and print it, this once");
  add->add_option("--expires", options->expires, "How long it is good for (default 180d, at most 730d)")
      ->check(check_life);
  set_action(*add, selected, [options] {
    CommandText command = begin("app.secret-add", *options);
    if (!options->expires.empty())
      command.number("expires_ms", parse_human_duration(options->expires)->count());
    return run_and_print(*options, command.take(), kSecretColumns);
  });
  CLI::App* remove = add_verb(group, options, "secret-remove", "Remove a secret");
  remove->add_option("--secret", options->secret, "Which one, by id")->required();
  set_action(*remove, selected, [options] {
    return run_and_print(*options,
                         begin("app.secret-remove", *options).text("secret", options->secret).take(),
                         kRegistrationColumns);
  });
}

void add_certificates(CLI::App& group, SelectedCommand& selected, const OptionsPtr& options) {
  CLI::App* add = add_verb(group, options, "certificate-add", "Register a certificate");
  add->add_option("--file", options->certificate, "The certificate in PEM; - for stdin")->required();
  set_action(*add, selected, [options]() -> CommandStatus {
    const auto pem = read_input(options->certificate);
    if (!pem) return std::unexpected(pem.error());
    return run_and_print(*options, begin("app.certificate-add", *options).text("certificate", *pem).take(),
                         kRegistrationColumns);
  });
  CLI::App* remove = add_verb(group, options, "certificate-remove", "Remove a certificate");
  remove->add_option("--thumbprint", options->thumbprint, "Which one")->required();
  set_action(*remove, selected, [options] {
    return run_and_print(
        *options, begin("app.certificate-remove", *options).text("certificate", options->thumbprint).take(),
        kRegistrationColumns);
  });
}

}  // namespace

void add_app_registration(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<RegistrationOptions>();
  add_register(group, selected, options);
  add_secrets(group, selected, options);
  add_certificates(group, selected, options);
  CLI::App* show = add_verb(group, options, "registration", "Show how an application signs in");
  set_action(*show, selected, [options] {
    return run_and_print(*options, begin("app.registration", *options).take(), kRegistrationColumns);
  });
}

}  // namespace porchlight::cli
