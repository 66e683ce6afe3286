#include "authority/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/password.h"
#include "identity/claims.h"

namespace porchlight::authority {
namespace {

// The tenant of an application that was asked for over /common or, without personal accounts, /organizations.
Result<Guid> only_tenant_of(const Desk& desk, const Guid& app, bool organizations) {
  std::optional<Guid> only;
  for (const directory::Tenant& tenant : desk.directory.tenants()) {
    if (organizations && identity::is_personal(tenant.id)) continue;
    if (!desk.directory.find_app(tenant.id, app)) continue;
    if (only) return refuse(Fault::kTenantNeeded);
    only = tenant.id;
  }
  if (!only) return refuse(Fault::kAppUnknown);
  return *only;
}

void add_common_fields(const Visit& visit, http::Response& response) {
  response.add("Cache-Control", "no-store");
  response.add("Pragma", "no-cache");
  response.add("X-Content-Type-Options", "nosniff");
  response.add("Access-Control-Allow-Origin", "*");
  response.add("Access-Control-Expose-Headers",
               "x-ms-request-id, client-request-id, Retry-After, WWW-Authenticate");
  response.add("x-ms-request-id", to_string(visit.trace.trace_id));
  response.add("client-request-id", to_string(visit.trace.correlation_id));
  if (visit.request.door == http::Door::kTls) response.add("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace

std::string issuer_of(const Visit& visit, const Guid& tenant) {
  return fmt::format("{}/{}/v2.0", visit.base, to_string(tenant));
}

Result<Client> get_client(const Desk& desk, const Guid& tenant, const Guid& id) {
  auto app = desk.directory.find_app(tenant, id);
  if (!app) return refuse(Fault::kAppUnknown);
  auto registration = desk.vault.registration(tenant, id);
  if (!registration) return std::unexpected(registration.error());
  return Client{tenant,
                id,
                std::move(app->name),
                std::move(app->scopes),
                std::move(app->roles),
                *std::move(registration)};
}

Result<Client> find_client(const Desk& desk, const Visit& visit, std::string_view id) {
  const auto app = parse_guid(id);
  if (!app) return refuse(Fault::kAppUnknown);
  const auto tenant = visit.tenant ? Result<Guid>(*visit.tenant)
                                   : only_tenant_of(desk, *app, visit.tenant_name == kOrganizations);
  if (!tenant) return std::unexpected(tenant.error());
  return get_client(desk, *tenant, *app);
}

Result<std::string_view> require_field(const Form& form, std::string_view name) {
  const auto value = form.find(name);
  if (!value) return refuse(Fault::kParameterMissing, name);
  return *value;
}

Error form_error(FormFault fault) {
  return {fault == FormFault::kRepeated ? Fault::kParameterRepeated : Fault::kMalformed};
}

Result<Consent> weigh_for(const Desk& desk, const Scope& scope, const Client& client, const Guid& user) {
  const auto agreed = desk.vault.consents(client.tenant, client.id, user);
  if (!agreed) return std::unexpected(agreed.error());
  if (!scope.resource) return weigh(scope, client, nullptr, *agreed);
  const auto resource = get_client(desk, client.tenant, *scope.resource);
  if (!resource)
    return refuse(resource.error().fault == Fault::kAppUnknown ? Fault::kResourceUnknown
                                                               : resource.error().fault);
  return weigh(scope, client, &*resource, *agreed);
}

bool must_ask(const Scope& scope, const Consent& consent) {
  return !consent.missing.empty() && (!scope.everything || consent.granted.empty());
}

Result<std::optional<directory::User>> find_present(const Desk& desk, const Guid& tenant, const Guid& user,
                                                    Time begun) {
  auto person = desk.directory.find_user(tenant, user);
  if (!person) return std::nullopt;
  const auto password = desk.vault.password(tenant, user);
  if (!password) return std::unexpected(password.error());
  if (!*password || (*password)->set_at > begun) return std::nullopt;
  return person;
}

Result<directory::User> check_sign_in(Desk& desk, const Visit& visit, const Guid& tenant,
                                      std::string_view name, std::string_view password) {
  const std::string counted = fmt::format("{}/{}", to_string(tenant), directory::fold_upn(name));
  if (!desk.addresses.attempt(visit.request.peer, visit.now) || !desk.names.attempt(counted, visit.now))
    return refuse(Fault::kLocked);
  auto person = desk.directory.find_upn(tenant, name);
  const auto kept = person ? desk.vault.password(tenant, person->id) : std::nullopt;
  if (!kept) return std::unexpected(kept.error());
  // Also where there is nobody, or no password: the time must not say so.
  if (!check_password(*kept ? (*kept)->hash : "", password)) return refuse(Fault::kPassword);
  desk.names.forgive(counted);
  desk.addresses.take_back(visit.request.peer);
  return *std::move(person);
}

void reply_json(const Visit& visit, std::string json, http::Response& response) {
  add_common_fields(visit, response);
  response.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(json);
}

void reply_error(const Visit& visit, const Error& error, http::Response& response) {
  response.status = row_of(error.fault).status;
  // RFC 6749 §5.2: to a client that tried HTTP's own authentication.
  if (response.status == 401 && visit.request.count("Authorization") > 0)
    response.add("WWW-Authenticate", "Basic realm=\"\"");
  reply_json(visit, envelope(error, visit.trace), response);
}

}  // namespace porchlight::authority
