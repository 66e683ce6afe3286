// The state and the helpers that the endpoints share, and the parsed request that each of them gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authority_stores.h"
#include "authority/authorization_codes.h"
#include "authority/device_codes.h"
#include "authority/error.h"
#include "authority/form.h"
#include "authority/key_ring.h"
#include "authority/lockout.h"
#include "authority/pending_sign_ins.h"
#include "authority/refresh.h"
#include "authority/scope.h"
#include "authority/second_factor_policy.h"
#include "authority/sessions.h"
#include "authority/sign_in_counters.h"
#include "authority/tokens.h"
#include "base/line_budget.h"
#include "base/logging.h"
#include "directory/directory.h"
#include "http/message.h"
#include "identity/cloud.h"

namespace porchlight::authority {

// Read access to tenants, applications and users. Functions return nullopt if the object does not exist. Any thread.
class Directory {
 public:
  virtual ~Directory() = default;
  // All of them, in order of id.
  virtual std::vector<Guid> tenant_ids() const = 0;
  virtual std::optional<directory::Tenant> find_tenant(const Guid& tenant) const = 0;
  // In any letter case. The first one in order of id, if several have the name.
  virtual std::optional<Guid> find_tenant_named(std::string_view name) const = 0;
  virtual std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const = 0;
  virtual std::optional<directory::User> find_user(const Guid& tenant, const Guid& user) const = 0;
  // In any letter case.
  virtual std::optional<directory::User> find_upn(const Guid& tenant, std::string_view upn) const = 0;
  // The moment up to which sign-ins and tokens of a user or an application were revoked; nullopt if they never were.
  virtual std::optional<Time> revoked_at(const Guid& tenant, const Guid& subject) const = 0;
  // Whether the user administers the tenant.
  virtual bool is_administrator(const Guid& tenant, const Guid& user) const = 0;
};

struct AuthoritySettings {
  std::string public_base;      // "https://host[:port]" behind a proxy; empty: that of the request
  std::string graph_issuer;     // `iss` of tokens for Graph, with `{tenantid}` for the tenant
  bool password_grant = false;  // whether the resource owner password grant is enabled
  SecondFactorPolicy second_factor = SecondFactorPolicy::kOptional;
  identity::ServedClouds clouds = {};  // clouds whose host names are used if there is no public base

  // Names and addresses of this server, without ports and brackets: the only hosts that are served. Issuers, audiences
  // and links begin with the host, and cookies and tokens are kept by host, so a client must not make one up.
  std::vector<std::string> hosts = {};

  bool has_cloud_names() const { return public_base.empty() && !clouds.list().empty(); }
};

// Failed sign-ins before a lock-out: per user name, which counts apart at networks from which it signed in, and per
// address, which many users may share. Wrong user codes of devices are counted apart, so that they lock no sign-in.
inline constexpr std::uint32_t kFailuresFree = 10, kAddressFailuresFree = 100;
inline constexpr Duration kFailureWindow = std::chrono::hours(24),
                          kAddressFailureWindow = std::chrono::hours(1);

// The state that outlives a request. Any thread: each member synchronises itself.
struct AuthorityContext {
  AuthorityContext(AuthoritySettings its_settings, const Directory& its_directory, AuthorityStores& stores,
                   KeyRing ring, SigningKeys::Renew renew, std::string refresh_key)
      : settings(std::move(its_settings)),
        directory(its_directory),
        credentials(stores.credentials),
        families(stores.families),
        refresh(stores.families, std::move(refresh_key)),
        keys(std::move(ring), std::move(renew)) {}

  const AuthoritySettings settings;
  const Directory& directory;
  CredentialStore& credentials;
  RefreshFamilies& families;
  RefreshTokens refresh;
  SigningKeys keys;
  AuthorizationCodes authorization_codes;
  DeviceCodes device_codes;
  SignInSessions sessions;
  PendingSignIns pending_sign_ins;
  const CsrfGuard csrf_guard;
  Lockout names{kFailuresFree, kFailureWindow};
  KnownNetworks known_networks;
  AddressLockout password_guesses{kAddressFailuresFree, kAddressFailureWindow};
  AddressLockout code_guesses{kAddressFailuresFree, kAddressFailureWindow};  // user codes of devices
  SignInCounters sign_ins;
  LineBudget refused_lines, locked_lines;  // of the log: sign-ins that fail, and those of locked names
};

// Tenant names in paths for any tenant. /organizations excludes personal accounts.
inline constexpr std::string_view kCommon = "common", kOrganizations = "organizations";

// The two forms of the endpoints: `oauth2/…` takes `resource`, `oauth2/v2.0/…` takes `scope` (spec protocol §2.6).
enum class EndpointVersion : std::uint8_t { kV1, kV2 };

// A request to an endpoint. Refers to the HTTP request.
struct EndpointRequest {
  const http::Request& request;
  Time now;
  Trace trace;
  EndpointVersion version;
  std::string base;            // "https://host[:port]", the prefix of the authority's URLs
  std::string tenant_name;     // for URLs: common, organizations, or the tenant's id
  std::optional<Guid> tenant;  // nullopt for /common and /organizations
};

// Logs that a user or a client was refused, if the budget of such lines allows it.
void log_refused(LineBudget& budget, std::string_view msg, LogFields fields);

// "{base}/{tenant}/v2.0": the issuer of tokens of that tenant.
std::string issuer_of(const EndpointRequest& incoming, const Guid& tenant);

// The application with that id, as text, in the request's tenant; for /common, in the only tenant that has it. Errors:
// kAppUnknown, kTenantNeeded if several tenants have it, kUnavailable.
OAuthResult<Client> find_client(const AuthorityContext& context, const EndpointRequest& incoming,
                                std::string_view id);
// The application with that id in the tenant. Errors: kAppUnknown, kUnavailable.
OAuthResult<Client> get_client(const AuthorityContext& context, const Guid& tenant, const Guid& id);

// The value of the field, or kParameterMissing with its name, which must be a literal.
OAuthResult<std::string_view> require_field(const Form& form, std::string_view name);
// The error for a form that cannot be parsed.
OAuthError form_error(FormFault fault);

// Evaluates the scope for the client and user (scope.h), with the stored consents and the resource's registration.
OAuthResult<Consent> evaluate_consent_for(const AuthorityContext& context, const Scope& scope,
                                          const Client& client, const Guid& user);
// Returns true if the user must consent first. `.default` needs no consent if anything is granted.
bool needs_consent(const Scope& scope, const Consent& consent);

// Whether what the user or the application began at `begun` was revoked since.
bool is_revoked(const Directory& directory, const Guid& tenant, const Guid& subject, Time begun);
// The user; nullopt if the user does not exist, has no password, or has a password set after `begun`, or if what began
// then was revoked: both end the sessions, codes, approvals and refresh tokens that began before.
OAuthResult<std::optional<directory::User>> find_valid_user(const Directory& directory,
                                                            const CredentialStore& credentials,
                                                            const Guid& tenant, const Guid& user, Time begun);

// The grant types of the token endpoint that the settings allow, for discovery.
std::vector<std::string_view> enabled_grants(const AuthorityContext& context);

// The endpoints. Each writes the response, for errors too.
void answer_token(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_device_code(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_discovery(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_keys(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_instance(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_authorize(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_device_page(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_logout(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);

// Write a JSON response, not cacheable and readable from any origin: the body, or the error as JSON.
void reply_json(const EndpointRequest& incoming, std::string json, http::Response& response);
void reply_error(const EndpointRequest& incoming, const OAuthError& error, http::Response& response);

}  // namespace porchlight::authority
