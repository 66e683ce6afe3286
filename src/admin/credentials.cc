// Administrative commands on the credentials of applications and users.
#include <fmt/format.h>

#include <algorithm>

#include "admin/commands.h"
#include "authority/password.h"
#include "authority/permissions.h"
#include "authority/redirect.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace porchlight::admin {
namespace {

using authority::Registration;

constexpr Duration kSecretLifeDefault = std::chrono::days(180);
constexpr std::chrono::days kSecretLifeMax{730};
constexpr const char* kStoreFault = "the credentials cannot be read or written now; is the disk full?";

// The registration of an application, read to be changed and written back.
struct EditedRegistration {
  directory::Tenant tenant;
  directory::App app;
  authority::CredentialStore* credentials;
  Registration registration;
};

// Reads the registration of the application that the command names.
Checked<EditedRegistration> open_registration(node::Node& node, CommandArgs& args) {
  auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  auto& [tenant, app] = *both;
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  auto registration = (*credentials)->registration(tenant.id, app.id);
  if (!registration) return std::unexpected(unavailable(kStoreFault));
  return EditedRegistration{std::move(tenant), std::move(app), *credentials, *std::move(registration)};
}

// "2030-01-07T09:00:00Z".
std::string moment_text(Time time) {
  std::string text;
  append_date_time_seconds(text, time);
  return text += 'Z';
}

// The registration as JSON; of a secret only its hint.
std::string print(const EditedRegistration& edited) {
  const Registration& registration = edited.registration;
  return json_object([&](JsonObject& out) {
    out.text("appId", to_string(edited.app.id)).text("displayName", edited.app.name);
    out.boolean("public", registration.is_public).boolean("idTokens", registration.id_tokens);
    out.boolean("requirePkce", registration.require_pkce);
    out.texts("redirectUris", registration.redirects);
    out.texts("requested", registration.requested).texts("exposed", registration.exposed);
    out.array("preauthorized", registration.preauthorized,
              [](JsonArray& list, const Guid& client) { list.text(to_string(client)); });
    out.array("secrets", registration.secrets, [](JsonArray& list, const authority::ClientSecret& secret) {
      list.object([&](JsonObject& one) {
        one.text("id", to_string(secret.id)).text("hint", secret.hint);
        one.text("expires", moment_text(secret.expires_at));
      });
    });
    out.array("certificates", registration.certificates,
              [](JsonArray& list, const authority::ClientCertificate& certificate) {
                list.object([&](JsonObject& one) {
                  one.text("thumbprint", certificate.thumbprint256);
                  one.text("expires", moment_text(certificate.not_after));
                });
              });
  });
}

// Writes the registration and returns it as JSON.
AdminResult save_registration(const EditedRegistration& edited) {
  if (!edited.credentials->put(edited.tenant.id, edited.app.id, edited.registration))
    return std::unexpected(unavailable(kStoreFault));
  return print(edited);
}

// What an administrator may know of a second factor.
std::string print_second_factor(const directory::User& user,
                                const std::optional<authority::SecondFactor>& factor) {
  return json_object([&](JsonObject& out) {
    out.text("id", to_string(user.id)).text("userPrincipalName", user.upn);
    if (factor)
      out.text("enrolled", moment_text(factor->enrolled_at));
    else
      out.null("enrolled");
    out.number("recoveryCodes", factor ? std::ranges::count_if(factor->recovery_hashes,
                                                               [](const auto& hash) { return !hash.empty(); })
                                       : 0);
  });
}

// Setters of a registration. Each checks its values and changes nothing if one is wrong.
Checked<void> set_redirects(const std::vector<std::string>& uris, Registration& registration) {
  if (uris.size() > authority::kRedirectsMax)
    return std::unexpected(fmt::format("more than {} redirect URIs", authority::kRedirectsMax));
  for (const std::string& uri : uris)
    if (const auto fault = authority::redirect_fault(uri))
      return std::unexpected(fmt::format("the redirect URI \"{}\" {}", uri, *fault));
  registration.redirects = uris;
  return {};
}

// Sets the requested permissions, given by name or by Graph's id; stored by name.
Checked<void> set_requested(const std::vector<std::string>& names, Registration& registration) {
  std::vector<std::string> requested;
  for (const std::string& name : names) {
    const auto* known = authority::find_permission(authority::PermissionKind::kDelegated, name);
    if (!known) return std::unexpected(fmt::format("\"{}\" is not a delegated permission", name));
    requested.emplace_back(known->name);
  }
  if (requested.size() > authority::kScopeTokensMax) return std::unexpected("too many permissions");
  registration.requested = std::move(requested);
  return {};
}

// Whether a text can be a scope: printable ASCII without spaces, quotes, backslashes and slashes.
bool is_scope_name(const std::string& name) {
  return !name.empty() && name.size() <= authority::kScopeTokenBytesMax &&
         std::ranges::all_of(name,
                             [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '/'; });
}

Checked<void> set_exposed(const std::vector<std::string>& names, Registration& registration) {
  if (names.size() > authority::kScopeTokensMax) return std::unexpected("too many scopes");
  for (const std::string& name : names)
    if (!is_scope_name(name)) return std::unexpected(fmt::format("\"{}\" is not a scope's name", name));
  registration.exposed = names;
  return {};
}

// Sets the clients, given by id or name.
Checked<void> set_preauthorized(const node::Node& node, const directory::Tenant& tenant,
                                const std::vector<std::string>& names, Registration& registration) {
  if (names.size() > authority::kPreauthorizedMax)
    return std::unexpected(fmt::format("more than {} preauthorized clients", authority::kPreauthorizedMax));
  std::vector<Guid> clients;
  for (const std::string& name : names) {
    const auto client = find_app(node, tenant, name);
    if (!client) return std::unexpected(client.error());
    clients.push_back(client->id);
  }
  registration.preauthorized = std::move(clients);
  return {};
}

// Makes the changes that the command names. After an error the registration must not be saved.
Checked<void> change_registration(const node::Node& node, CommandArgs& args, const directory::Tenant& tenant,
                                  Registration& registration) {
  registration.is_public = args.choice("public").value_or(registration.is_public);
  registration.id_tokens = args.choice("id_tokens").value_or(registration.id_tokens);
  registration.require_pkce = args.choice("require_pkce").value_or(registration.require_pkce);
  const auto redirects = args.texts("redirects");
  const auto requested = args.texts("requested");
  const auto exposed = args.texts("exposed");
  const auto preauthorized = args.texts("preauthorized");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  Checked<void> checked;
  if (redirects) checked = set_redirects(*redirects, registration);
  if (checked && requested) checked = set_requested(*requested, registration);
  if (checked && exposed) checked = set_exposed(*exposed, registration);
  if (checked && preauthorized) checked = set_preauthorized(node, tenant, *preauthorized, registration);
  return checked;
}

}  // namespace

Checked<void> forget_user(node::Node& node, const Guid& tenant, const Guid& user) {
  if (node.has_credentials()) {
    const auto credentials = node.credentials();
    if (!credentials) return std::unexpected(unavailable(credentials.error()));
    if (!(*credentials)->forget_user(tenant, user)) return std::unexpected(unavailable(kStoreFault));
  }
  if (node.has_scim()) {
    const auto scim = node.scim();
    if (!scim) return std::unexpected(unavailable(scim.error()));
    if (!(*scim)->forget_user(tenant, user)) return std::unexpected(unavailable(kStoreFault));
  }
  return {};
}

Checked<void> forget_app(node::Node& node, const Guid& tenant, const Guid& app) {
  if (!node.has_credentials()) return {};
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  if (!(*credentials)->forget_app(tenant, app)) return std::unexpected(unavailable(kStoreFault));
  return {};
}

AdminResult show_registration(node::Node& node, CommandArgs& args) {
  const auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  return print(*edited);
}

AdminResult set_registration(node::Node& node, CommandArgs& args) {
  auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  Registration& registration = edited->registration;
  if (auto changed = change_registration(node, args, edited->tenant, registration); !changed)
    return std::unexpected(changed.error());
  if (registration.is_public && !(registration.secrets.empty() && registration.certificates.empty()))
    return std::unexpected("a public application keeps no secret: remove its secrets and certificates first");
  return save_registration(*edited);
}

AdminResult add_secret(node::Node& node, CommandArgs& args) {
  auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  const auto life = read_life(args, kSecretLifeDefault, kSecretLifeMax);
  if (!life) return std::unexpected(life.error());
  if (edited->registration.is_public) return std::unexpected("a public application keeps no secret");
  if (edited->registration.secrets.size() >= authority::kSecretsMax)
    return std::unexpected(fmt::format("an application has at most {} secrets", authority::kSecretsMax));
  const authority::NewSecret made = authority::make_client_secret(node.clock().wall() + *life);
  edited->registration.secrets.push_back(made.stored);
  if (auto put = save_registration(*edited); !put) return put;
  return json_object([&](JsonObject& out) {
    out.text("secret", made.text).text("id", to_string(made.stored.id)).text("hint", made.stored.hint);
    out.text("expires", moment_text(made.stored.expires_at));
  });
}

AdminResult remove_secret(node::Node& node, CommandArgs& args) {
  auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  const auto id = parse_guid(args.text("secret").value_or(""));
  if (!id) return std::unexpected("say which secret, by its id");
  if (std::erase_if(edited->registration.secrets,
                    [&](const authority::ClientSecret& secret) { return secret.id == *id; }) == 0)
    return std::unexpected(not_found("there is no such secret"));
  return save_registration(*edited);
}

AdminResult add_certificate(node::Node& node, CommandArgs& args) {
  auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  auto certificate = authority::ClientCertificate::parse_pem(args.text("certificate").value_or(""));
  if (!certificate)
    return std::unexpected(fmt::format("the certificate cannot be taken: {}", certificate.error()));
  auto& certificates = edited->registration.certificates;
  if (edited->registration.is_public) return std::unexpected("a public application has no certificate");
  if (std::ranges::find(certificates, *certificate) != certificates.end())
    return std::unexpected(exists("the application has that certificate already"));
  if (certificates.size() >= authority::kCertificatesMax)
    return std::unexpected(
        fmt::format("an application has at most {} certificates", authority::kCertificatesMax));
  certificates.push_back(*std::move(certificate));
  return save_registration(*edited);
}

AdminResult remove_certificate(node::Node& node, CommandArgs& args) {
  auto edited = open_registration(node, args);
  if (!edited) return std::unexpected(edited.error());
  const std::string thumbprint = args.text("certificate").value_or("");
  if (std::erase_if(edited->registration.certificates, [&](const authority::ClientCertificate& certificate) {
        return certificate.thumbprint256 == thumbprint;
      }) == 0)
    return std::unexpected(not_found("there is no such certificate; name one by its thumbprint"));
  return save_registration(*edited);
}

AdminResult set_password(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  const std::string password = args.text("password").value_or("");
  if (const auto fault = authority::password_fault(password, user))
    return std::unexpected(fmt::format("the password {}", *fault));
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  if (!(*credentials)->set_password(tenant.id, user.id, password, node.clock().wall()))
    return std::unexpected(unavailable(kStoreFault));
  return to_json(tenant, user);
}

AdminResult show_second_factor(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  const auto factor = (*credentials)->second_factor(tenant.id, user.id);
  if (!factor) return std::unexpected(unavailable(kStoreFault));
  return print_second_factor(user, *factor);
}

AdminResult remove_second_factor(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  if (!(*credentials)->remove_second_factor(tenant.id, user.id))
    return std::unexpected(unavailable(kStoreFault));
  return print_second_factor(user, std::nullopt);
}

}  // namespace porchlight::admin
