// What the endpoints share: clients, consent, JSON responses.
#include "authority/authority_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "identity/claims.h"

namespace porchlight::authority {
namespace {

// The only tenant that has the application, for /common and /organizations (there without personal accounts).
OAuthResult<Guid> only_tenant_of(const AuthorityContext& context, const Guid& app, bool organizations) {
  std::optional<Guid> only;
  for (const Guid& tenant : context.directory.tenant_ids()) {
    if (organizations && identity::is_personal(tenant)) continue;
    if (!context.directory.find_app(tenant, app)) continue;
    if (only) return refuse(OAuthFault::kTenantNeeded);
    only = tenant;
  }
  if (!only) return refuse(OAuthFault::kAppUnknown);
  return *only;
}

void add_common_fields(const EndpointRequest& incoming, http::Response& response) {
  response.add("Cache-Control", "no-store");
  response.add("Pragma", "no-cache");
  response.add("X-Content-Type-Options", "nosniff");
  response.add("Access-Control-Allow-Origin", "*");
  response.add("Access-Control-Expose-Headers",
               "x-ms-request-id, client-request-id, Retry-After, WWW-Authenticate");
  response.add("x-ms-request-id", to_string(incoming.trace.trace_id));
  response.add("client-request-id", to_string(incoming.trace.correlation_id));
  if (incoming.request.is_https) response.add("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace

void log_refused(LineBudget& budget, std::string_view msg, LogFields fields) {
  const auto left_out = budget.take(std::chrono::steady_clock::now());
  if (!left_out) return;
  if (*left_out > 0) fields.emplace_back("left_out", *left_out);
  log_warning(msg, fields);
}

std::string issuer_of(const EndpointRequest& incoming, const Guid& tenant) {
  return fmt::format("{}/{}/v2.0", incoming.base, to_string(tenant));
}

OAuthResult<Client> get_client(const AuthorityContext& context, const Guid& tenant, const Guid& id) {
  auto app = context.directory.find_app(tenant, id);
  if (!app) return refuse(OAuthFault::kAppUnknown);
  auto registration = context.credentials.registration(tenant, id);
  if (!registration) return std::unexpected(registration.error());
  return Client{tenant,
                id,
                std::move(app->name),
                std::move(app->scopes),
                std::move(app->roles),
                *std::move(registration)};
}

OAuthResult<Client> find_client(const AuthorityContext& context, const EndpointRequest& incoming,
                                std::string_view id) {
  const auto app = parse_guid(id);
  if (!app) return refuse(OAuthFault::kAppUnknown);
  const auto tenant = incoming.tenant ? OAuthResult<Guid>(*incoming.tenant)
                                      : only_tenant_of(context, *app, incoming.tenant_name == kOrganizations);
  if (!tenant) return std::unexpected(tenant.error());
  return get_client(context, *tenant, *app);
}

OAuthResult<std::string_view> require_field(const Form& form, std::string_view name) {
  const auto value = form.find(name);
  if (!value) return refuse(OAuthFault::kParameterMissing, name);
  return *value;
}

OAuthError form_error(FormFault fault) {
  return {fault == FormFault::kRepeated ? OAuthFault::kParameterRepeated : OAuthFault::kMalformed};
}

OAuthResult<Consent> evaluate_consent_for(const AuthorityContext& context, const Scope& scope,
                                          const Client& client, const Guid& user) {
  const auto agreed = context.credentials.consents(client.tenant, client.id, user);
  if (!agreed) return std::unexpected(agreed.error());
  if (!scope.resource) return evaluate_consent(scope, client, nullptr, *agreed);
  const auto resource = get_client(context, client.tenant, *scope.resource);
  if (!resource)
    return refuse(resource.error().fault == OAuthFault::kAppUnknown ? OAuthFault::kResourceUnknown
                                                                    : resource.error().fault);
  return evaluate_consent(scope, client, &*resource, *agreed);
}

// `.default` with some permissions granted continues with these, as at Entra.
bool needs_consent(const Scope& scope, const Consent& consent) {
  return !consent.missing.empty() && (!scope.everything || consent.granted.empty());
}

bool is_revoked(const Directory& directory, const Guid& tenant, const Guid& subject, Time begun) {
  const auto revoked_at = directory.revoked_at(tenant, subject);
  return revoked_at && begun <= *revoked_at;
}

OAuthResult<std::optional<directory::User>> find_valid_user(const Directory& directory,
                                                            const CredentialStore& credentials,
                                                            const Guid& tenant, const Guid& user,
                                                            Time begun) {
  auto person = directory.find_user(tenant, user);
  if (!person || is_revoked(directory, tenant, user, begun)) return std::nullopt;
  const auto password = credentials.password(tenant, user);
  if (!password) return std::unexpected(password.error());
  if (!*password || (*password)->set_at > begun) return std::nullopt;
  return person;
}

void reply_json(const EndpointRequest& incoming, std::string json, http::Response& response) {
  add_common_fields(incoming, response);
  response.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(json);
}

void reply_error(const EndpointRequest& incoming, const OAuthError& error, http::Response& response) {
  response.status = row_of(error.fault).status;
  // RFC 6749 §5.2: for a client that used HTTP authentication.
  if (response.status == 401 && incoming.request.count("Authorization") > 0)
    response.add("WWW-Authenticate", "Basic realm=\"\"");
  reply_json(incoming, envelope(error, incoming.trace), response);
}

}  // namespace porchlight::authority
