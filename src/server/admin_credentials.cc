// Administrative commands on how applications and people sign in.
#include <fmt/format.h>

#include <algorithm>

#include "authority/json_object.h"
#include "authority/password.h"
#include "authority/permissions.h"
#include "authority/redirect.h"
#include "base/time_text.h"
#include "server/admin_commands.h"

namespace porchlight::server {
namespace {

using authority::JsonObject;
using authority::Registration;

constexpr Duration kSecretLifeDefault = std::chrono::days(180);
constexpr Duration kSecretLifeMax = std::chrono::days(730);
constexpr const char* kStoreFault = "what people sign in with cannot be read or written now";

// An application's registration, to be changed and put back.
struct Desk {
  directory::Tenant tenant;
  directory::App app;
  authority::Vault* vault;
  Registration registration;
};

std::expected<Desk, std::string> open_desk(Node& node, Args& args) {
  auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  auto& [tenant, app] = *both;
  const auto vault = node.vault();
  if (!vault) return std::unexpected(vault.error());
  auto registration = (*vault)->registration(tenant.id, app.id);
  if (!registration) return std::unexpected(kStoreFault);
  return Desk{std::move(tenant), std::move(app), *vault, *std::move(registration)};
}

std::string moment_text(Time time) {
  std::string text;
  append_date_time_seconds(text, time);
  return text += 'Z';
}

std::string print(const Desk& desk) {
  const Registration& its = desk.registration;
  const std::string secrets = json_list(its.secrets, [](const authority::ClientSecret& secret) {
    return JsonObject()
        .text("id", to_string(secret.id))
        .text("hint", secret.hint)
        .text("expires", moment_text(secret.expires_at))
        .take();
  });
  const std::string certificates = json_list(its.certificates, [](const authority::Certificate& certificate) {
    return JsonObject()
        .text("thumbprint", certificate.thumbprint256)
        .text("expires", moment_text(certificate.not_after))
        .take();
  });
  return JsonObject()
      .text("appId", to_string(desk.app.id))
      .text("displayName", desk.app.name)
      .flag("public", its.is_public)
      .texts("redirectUris", its.redirects)
      .texts("requested", its.requested)
      .texts("exposed", its.exposed)
      .json("secrets", secrets)
      .json("certificates", certificates)
      .take();
}

Result put_back(const Desk& desk) {
  if (!desk.vault->put(desk.tenant.id, desk.app.id, desk.registration)) return std::unexpected(kStoreFault);
  return print(desk);
}

using Checked = std::expected<void, std::string>;

Checked take_redirects(const std::vector<std::string>& uris, Registration& registration) {
  if (uris.size() > authority::kRedirectsMax)
    return std::unexpected(fmt::format("more than {} redirect URIs", authority::kRedirectsMax));
  for (const std::string& uri : uris)
    if (const auto fault = authority::redirect_fault(uri))
      return std::unexpected(fmt::format("the redirect URI \"{}\" {}", uri, *fault));
  registration.redirects = uris;
  return {};
}

// Permissions by name or by Graph's id; kept by name.
Checked take_requested(const std::vector<std::string>& names, Registration& registration) {
  std::vector<std::string> requested;
  for (const std::string& name : names) {
    const auto* known = authority::find_permission(authority::PermissionKind::kDelegated, name);
    if (!known) return std::unexpected(fmt::format("\"{}\" is not a delegated permission", name));
    requested.emplace_back(known->name);
  }
  if (requested.size() > authority::kScopeWordsMax) return std::unexpected("too many permissions");
  registration.requested = std::move(requested);
  return {};
}

bool is_scope_name(const std::string& name) {
  return !name.empty() && name.size() <= authority::kScopeWordBytesMax &&
         std::ranges::all_of(name,
                             [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '/'; });
}

Checked take_exposed(const std::vector<std::string>& names, Registration& registration) {
  if (names.size() > authority::kScopeWordsMax) return std::unexpected("too many scopes");
  for (const std::string& name : names)
    if (!is_scope_name(name)) return std::unexpected(fmt::format("\"{}\" is not a scope's name", name));
  registration.exposed = names;
  return {};
}

}  // namespace

std::expected<void, std::string> forget_user(Node& node, const Guid& tenant, const Guid& user) {
  if (node.has_vault()) {
    const auto vault = node.vault();
    if (!vault) return std::unexpected(vault.error());
    if (!(*vault)->forget_user(tenant, user)) return std::unexpected(kStoreFault);
  }
  if (node.has_scim()) {
    const auto scim = node.scim();
    if (!scim) return std::unexpected(scim.error());
    if (!(*scim)->forget_user(tenant, user)) return std::unexpected(kStoreFault);
  }
  return {};
}

std::expected<void, std::string> forget_app(Node& node, const Guid& tenant, const Guid& app) {
  if (!node.has_vault()) return {};
  const auto vault = node.vault();
  if (!vault) return std::unexpected(vault.error());
  if (!(*vault)->forget_app(tenant, app)) return std::unexpected(kStoreFault);
  return {};
}

Result show_registration(Node& node, Args& args) {
  const auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  return print(*desk);
}

Result set_registration(Node& node, Args& args) {
  auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  Registration& its = desk->registration;
  its.is_public = args.choice("public").value_or(its.is_public);
  const auto redirects = args.texts("redirects");
  const auto requested = args.texts("requested");
  const auto exposed = args.texts("exposed");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  Checked checked = take_redirects(redirects.value_or(its.redirects), its);
  if (checked) checked = take_requested(requested.value_or(its.requested), its);
  if (checked) checked = take_exposed(exposed.value_or(its.exposed), its);
  if (!checked) return std::unexpected(checked.error());
  if (its.is_public && !(its.secrets.empty() && its.certificates.empty()))
    return std::unexpected("a public application keeps no secret: remove its secrets and certificates first");
  return put_back(*desk);
}

Result add_secret(Node& node, Args& args) {
  auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  const auto life = args.number("expires_ms");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (desk->registration.is_public) return std::unexpected("a public application keeps no secret");
  if (desk->registration.secrets.size() >= authority::kSecretsMax)
    return std::unexpected(fmt::format("an application has at most {} secrets", authority::kSecretsMax));
  const Duration longest = kSecretLifeMax;
  const Duration chosen =
      life ? Duration(std::min<std::uint64_t>(*life, longest.count())) : Duration(kSecretLifeDefault);
  const authority::NewSecret made = authority::make_client_secret(node.clock().wall() + chosen);
  desk->registration.secrets.push_back(made.kept);
  if (auto put = put_back(*desk); !put) return put;
  return JsonObject()
      .text("secret", made.text)
      .text("id", to_string(made.kept.id))
      .text("hint", made.kept.hint)
      .text("expires", moment_text(made.kept.expires_at))
      .take();
}

Result remove_secret(Node& node, Args& args) {
  auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  const auto id = parse_guid(args.text("secret").value_or(""));
  if (!id) return std::unexpected("say which secret, by its id");
  if (std::erase_if(desk->registration.secrets,
                    [&](const authority::ClientSecret& secret) { return secret.id == *id; }) == 0)
    return std::unexpected("there is no such secret");
  return put_back(*desk);
}

Result add_certificate(Node& node, Args& args) {
  auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  auto certificate = authority::Certificate::parse_pem(args.text("certificate").value_or(""));
  if (!certificate)
    return std::unexpected(fmt::format("the certificate cannot be taken: {}", certificate.error()));
  auto& certificates = desk->registration.certificates;
  if (desk->registration.is_public) return std::unexpected("a public application has no certificate");
  if (std::ranges::find(certificates, *certificate) != certificates.end())
    return std::unexpected("the application has that certificate already");
  if (certificates.size() >= authority::kCertificatesMax)
    return std::unexpected(
        fmt::format("an application has at most {} certificates", authority::kCertificatesMax));
  certificates.push_back(*std::move(certificate));
  return put_back(*desk);
}

Result remove_certificate(Node& node, Args& args) {
  auto desk = open_desk(node, args);
  if (!desk) return std::unexpected(desk.error());
  const std::string thumbprint = args.text("certificate").value_or("");
  if (std::erase_if(desk->registration.certificates, [&](const authority::Certificate& certificate) {
        return certificate.thumbprint256 == thumbprint;
      }) == 0)
    return std::unexpected("there is no such certificate; name one by its thumbprint");
  return put_back(*desk);
}

Result set_password(Node& node, Args& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  const std::string password = args.text("password").value_or("");
  if (const auto fault = authority::password_fault(password))
    return std::unexpected(fmt::format("the password {}", *fault));
  const auto vault = node.vault();
  if (!vault) return std::unexpected(vault.error());
  if (!(*vault)->set_password(tenant.id, user.id, password, node.clock().wall()))
    return std::unexpected(kStoreFault);
  return to_json(tenant, user);
}

}  // namespace porchlight::server
