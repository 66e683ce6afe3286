// What the endpoints work with, and what each is given of a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authorization_codes.h"
#include "authority/credential_store.h"
#include "authority/device_codes.h"
#include "authority/error.h"
#include "authority/form.h"
#include "authority/lockout.h"
#include "authority/refresh.h"
#include "authority/scope.h"
#include "authority/sessions.h"
#include "authority/signing_keys.h"
#include "authority/tokens.h"
#include "directory/directory.h"
#include "http/message.h"
#include "identity/cloud.h"

namespace porchlight::authority {

// Who exists, as the authority asks for it. Any thread.
class Directory {
 public:
  virtual ~Directory() = default;
  virtual std::vector<directory::Tenant> tenants() const = 0;
  virtual std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const = 0;
  virtual std::optional<directory::User> find_user(const Guid& tenant, const Guid& user) const = 0;
  // Whatever the case of its letters.
  virtual std::optional<directory::User> find_upn(const Guid& tenant, std::string_view upn) const = 0;
};

struct AuthoritySettings {
  std::string public_base;             // "https://host[:port]" behind a proxy; empty: what the client used
  std::string graph_issuer;            // `iss` of tokens for Graph: ours, with `{tenantid}` for the tenant
  bool password_grant = false;         // whether programs may send people's passwords
  identity::ServedClouds clouds = {};  // whose names we go by where there is no public base

  bool has_cloud_names() const { return public_base.empty() && !clouds.list().empty(); }
};

// Failures to sign in that are free: of a person, and of an address, where many may live.
inline constexpr std::uint32_t kFailuresFree = 10, kAddressFailuresFree = 100;
inline constexpr Duration kFailureWindow = std::chrono::hours(24),
                          kAddressFailureWindow = std::chrono::hours(1);

// Everything that outlives a request. Any thread.
struct AuthorityContext {
  AuthorityContext(AuthoritySettings its_settings, const Directory& its_directory, storage::KvStore& store,
                   KeyRing ring, SigningKeys::Renew renew, std::string refresh_key)
      : settings(std::move(its_settings)),
        directory(its_directory),
        credentials(store),
        refresh(store, std::move(refresh_key)),
        keys(std::move(ring), std::move(renew)) {}

  const AuthoritySettings settings;
  const Directory& directory;
  CredentialStore credentials;
  RefreshTokens refresh;
  SigningKeys keys;
  AuthorizationCodes authorization_codes;
  DeviceCodes device_codes;
  SignInSessions sessions;
  const CsrfGuard csrf_guard;
  Lockout names{kFailuresFree, kFailureWindow};
  Lockout addresses{kAddressFailuresFree, kAddressFailureWindow};
};

// What stands in addresses for no tenant in particular; /organizations is without personal accounts.
inline constexpr std::string_view kCommon = "common", kOrganizations = "organizations";

// A request that has come to one of the endpoints.
struct EndpointRequest {
  const http::Request& request;
  Time now;
  Trace trace;
  std::string base;            // "https://host[:port]": what the addresses of this authority begin with
  std::string tenant_name;     // as the address has it; a tenant's own is its id
  std::optional<Guid> tenant;  // absent for /common and /organizations
};

// "{base}/{tenant}/v2.0": the issuer of tokens of that tenant.
std::string issuer_of(const EndpointRequest& incoming, const Guid& tenant);

// An application of the visit's tenant, by its id as text. Over /common it is in the one tenant that has it.
OAuthResult<Client> find_client(const AuthorityContext& context, const EndpointRequest& incoming,
                                std::string_view id);
// An application of the tenant, by its id.
OAuthResult<Client> get_client(const AuthorityContext& context, const Guid& tenant, const Guid& id);

// The field, or the refusal that names it; `name` is a literal.
OAuthResult<std::string_view> require_field(const Form& form, std::string_view name);
// The refusal of a form that cannot be read.
OAuthError form_error(FormFault fault);

// What a scope gets of a client when this user asks; the resource looked up.
OAuthResult<Consent> evaluate_consent_for(const AuthorityContext& context, const Scope& scope,
                                          const Client& client, const Guid& user);
// What of it has to be asked for before anything is given. Who asks for everything gets what there is.
bool needs_consent(const Scope& scope, const Consent& consent);

// Whether the person is there, and has set no new password since `begun`: what began before ends with that.
OAuthResult<std::optional<directory::User>> find_valid_user(const AuthorityContext& context,
                                                            const Guid& tenant, const Guid& user, Time begun);

// The person of that name and password, within what lock-out allows. Takes as long for one who is not there.
OAuthResult<directory::User> check_sign_in(AuthorityContext& context, const EndpointRequest& incoming,
                                           const Guid& tenant, std::string_view name,
                                           std::string_view password);

// The endpoints. Each fills the answer, with its refusals too.
void answer_token(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_device_code(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_discovery(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_keys(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_instance(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_authorize(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_device_page(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);
void answer_logout(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);

// A JSON answer that no cache keeps and any page may read; or one that says what was wrong.
void reply_json(const EndpointRequest& incoming, std::string json, http::Response& response);
void reply_error(const EndpointRequest& incoming, const OAuthError& error, http::Response& response);

}  // namespace porchlight::authority
