// The token endpoints, POST /{tenant}/oauth2/v2.0/token and /{tenant}/oauth2/token: one function per grant type (spec
// protocol §2.6), and the device authorization endpoints. A grant ends in tokens or an error; state is durable before
// its token is sent.
#include <algorithm>

#include "authority/client_auth.h"
#include "authority/requested_scope.h"
#include "authority/sign_in.h"
#include "authority/token_response.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "identity/claims.h"
#include "identity/verifier.h"

namespace porchlight::authority {
namespace {

// A request of an authenticated client.
struct GrantRequest {
  AuthorityContext& context;
  const EndpointRequest& incoming;
  const Form& form;
  const Client& client;
  Proof proof;
};

// `iss` of an access token. Tokens for Graph have the server's fixed name, which does not change with its URL; other
// tokens have the URL, where their resources find the keys. The URL of a cloud is fixed as well.
std::string issuer_for_resource(const GrantRequest& request, const std::optional<Guid>& resource) {
  return resource || request.context.settings.has_cloud_names()
             ? issuer_of(request.incoming, request.client.tenant)
             : identity::issuer_for(request.context.settings.graph_issuer, request.client.tenant);
}

std::string access_token_of(const GrantRequest& request, const Scope& scope, const directory::User* user,
                            std::vector<std::string> permissions,
                            SignInMethod method = SignInMethod::kPassword) {
  const AccessToken token{.audience = scope.resource ? to_string(*scope.resource) : std::string(kGraphId),
                          .issuer = issuer_for_resource(request, scope.resource),
                          .client = request.client,
                          .proof = request.proof,
                          .user = user,
                          .permissions = std::move(permissions),
                          .method = method};
  return sign_access_token(token, request.context.keys.signer(request.incoming.now), request.incoming.now);
}

// The user and scope of a delegated grant.
struct UserGrant {
  directory::User user;
  std::string scope;
  Time begun;  // of the sign-in: a new password ends what began before it
  SignInMethod method = SignInMethod::kPassword;
  std::string nonce = {};
  std::string device = {};  // the name that the user gave it
};

// The user of a grant that began at `begun`, in the client's tenant. Errors: kRefreshRevoked if the user has been
// removed or has a new password since, kUnavailable.
OAuthResult<directory::User> require_valid_user(const GrantRequest& request, const Guid& id, Time begun) {
  auto user = find_valid_user(request.context.directory, request.context.credentials, request.client.tenant,
                              id, begun);
  if (!user) return std::unexpected(user.error());
  if (!*user || is_revoked(request.context.directory, request.client.tenant, request.client.id, begun))
    return refuse(OAuthFault::kRefreshRevoked);
  return **std::move(user);
}

// A delegated grant after all checks, before anything is stored or sent.
struct PreparedGrant {
  UserGrant user_grant;
  Scope scope;
  std::string granted;
  std::vector<std::string> permissions;
};

// The checks that all delegated grants share: scope, consent, and what is granted.
OAuthResult<PreparedGrant> prepare_grant(const GrantRequest& request, UserGrant user_grant) {
  auto scope = parse_scope(user_grant.scope);
  if (!scope) return std::unexpected(scope.error());
  auto consent = evaluate_consent_for(request.context, *scope, request.client, user_grant.user.id);
  if (!consent) return std::unexpected(consent.error());
  if (needs_consent(*scope, *consent)) return refuse(OAuthFault::kConsentMissing);
  std::string granted = granted_text(*scope, consent->granted);
  return PreparedGrant{std::move(user_grant), *std::move(scope), std::move(granted),
                       std::move(consent->granted)};
}

// The response to a delegated grant. `refresh`: the refresh token; empty: none.
std::string print_response(const GrantRequest& request, const PreparedGrant& prepared,
                           const std::string& refresh) {
  const directory::User& user = prepared.user_grant.user;
  return json_object([&](JsonObject& json) {
    begin_token_response(json, request.incoming, request.form, prepared.scope, prepared.granted,
                         prepared.permissions);
    json.text("access_token", access_token_of(request, prepared.scope, &user, prepared.permissions,
                                              prepared.user_grant.method));
    json.text_if("refresh_token", refresh);
    if (prepared.scope.openid) {
      const IdToken token{.issuer = issuer_of(request.incoming, request.client.tenant),
                          .client = request.client,
                          .user = user,
                          .nonce = prepared.user_grant.nonce,
                          .code = {},
                          .profile = prepared.scope.profile,
                          .method = prepared.user_grant.method};
      json.text("id_token", sign_id_token(token, request.context.keys.signer(request.incoming.now),
                                          request.incoming.now));
    }
    if (request.form.find("client_info") == "1")
      json.text("client_info", client_info(user.id, request.client.tenant));
  });
}

// The response for a user who has just signed in. The refresh token begins that family.
OAuthResult<std::string> issue_tokens(const GrantRequest& request, UserGrant user_grant, const Guid& family) {
  const auto prepared = prepare_grant(request, std::move(user_grant));
  if (!prepared) return std::unexpected(prepared.error());
  if (!prepared->scope.offline) return print_response(request, *prepared, "");
  // `.default` means what is registered at the time of each use; the names of today may include scopes of the
  // administrator's own, which no request may name.
  const RefreshGrant grant{request.client.tenant,
                           request.client.id,
                           prepared->user_grant.user.id,
                           prepared->scope.everything ? prepared->user_grant.scope : prepared->granted,
                           prepared->user_grant.begun,
                           prepared->user_grant.method,
                           prepared->user_grant.device};
  const auto refresh = request.context.refresh.begin(family, grant);
  if (!refresh) return std::unexpected(refresh.error());
  return print_response(request, *prepared, *refresh);
}

// App-only tokens (RFC 6749 §4.4). The scope must be `.default` of one resource; the roles are those that an
// administrator granted for Graph. Other resources have no roles here.
OAuthResult<std::string> by_client_credentials(const GrantRequest& request) {
  if (request.proof == Proof::kNone) return refuse(OAuthFault::kCredentialNeeded);
  if (!request.incoming.tenant || identity::is_personal(*request.incoming.tenant))
    return refuse(OAuthFault::kTenantNeeded);
  const auto text = require_scope(request.incoming, request.form, TokenFor::kApplication);
  if (!text) return std::unexpected(text.error());
  const auto scope = parse_scope(*text);
  if (!scope) {
    return refuse(scope.error().fault == OAuthFault::kScopeInvalid ? OAuthFault::kScopeNotDefault
                                                                   : scope.error().fault);
  }
  if (!scope->everything || scope->openid || scope->profile || scope->email || scope->offline)
    return refuse(OAuthFault::kScopeNotDefault);
  if (scope->resource && !request.context.directory.find_app(request.client.tenant, *scope->resource))
    return refuse(OAuthFault::kResourceUnknown);
  const std::vector<std::string> roles = scope->resource ? std::vector<std::string>{} : request.client.roles;
  return json_object([&](JsonObject& json) {
    begin_token_response(json, request.incoming, request.form, *scope, *text, {});
    json.text("access_token", access_token_of(request, *scope, nullptr, roles));
  });
}

// Authorization code (RFC 6749 §4.1.3). A code that is redeemed twice was intercepted, by one side or the other: the
// refresh tokens of the first redemption are revoked (RFC 6749 §4.1.2).
OAuthResult<std::string> by_code(const GrantRequest& request) {
  for (const char* name : {"code", "redirect_uri"})
    if (const auto field = require_field(request.form, name); !field) return std::unexpected(field.error());
  const auto verifier = request.form.find("code_verifier");
  if (!verifier && needs_pkce(request.client.registration))
    return refuse(OAuthFault::kParameterMissing, "code_verifier");
  const auto redeemed =
      request.context.authorization_codes.redeem({.code = *request.form.find("code"),
                                                  .redirect_uri = *request.form.find("redirect_uri"),
                                                  .verifier = verifier.value_or(""),
                                                  .client = request.client.id},
                                                 request.incoming.now);
  if (redeemed.replayed) {
    if (auto revoked = request.context.families.revoke(*redeemed.replayed, request.incoming.now); !revoked)
      return std::unexpected(revoked.error());
  }
  if (!redeemed.grant) return std::unexpected(redeemed.grant.error());
  const CodeGrant& grant = *redeemed.grant;
  if (grant.tenant != request.client.tenant) return refuse(OAuthFault::kGrantOfOther);
  auto user = require_valid_user(request, grant.user, grant.begun);
  if (!user) return std::unexpected(user.error());
  const auto scope = requested_scope(request.incoming, request.form, TokenFor::kUser);
  if (!scope) return std::unexpected(scope.error());
  return issue_tokens(
      request,
      {*std::move(user), scope->empty() ? grant.scope : *scope, grant.begun, grant.method, grant.nonce},
      grant.family);
}

// Refresh token (RFC 6749 §6). The token is used up last, after every check, so an error that the client can correct
// does not cost it the session.
OAuthResult<std::string> by_refresh_token(const GrantRequest& request) {
  const auto token = require_field(request.form, "refresh_token");
  if (!token) return std::unexpected(token.error());
  const auto verified = request.context.refresh.verify(*token, request.client.id, request.incoming.now);
  if (!verified) return std::unexpected(verified.error());
  if (verified->grant.tenant != request.client.tenant) return refuse(OAuthFault::kGrantOfOther);
  auto user = require_valid_user(request, verified->grant.user, verified->grant.begun);
  if (!user) return std::unexpected(user.error());
  const auto scope = requested_scope(request.incoming, request.form, TokenFor::kUser);
  if (!scope) return std::unexpected(scope.error());
  const auto prepared =
      prepare_grant(request, {*std::move(user), scope->empty() ? verified->grant.scope : *scope,
                              verified->grant.begun, verified->grant.method});
  if (!prepared) return std::unexpected(prepared.error());
  const auto next = request.context.refresh.rotate(*verified, request.incoming.now);
  if (!next) return std::unexpected(next.error());
  return print_response(request, *prepared, *next);
}

// Device code (RFC 8628 §3.4): a poll. The approval is returned once and begins a family of refresh tokens.
OAuthResult<std::string> by_device_code(const GrantRequest& request) {
  // Older clients call it `code`.
  const std::string_view name = request.form.find("code") ? "code" : "device_code";
  const auto code = require_field(request.form, name);
  if (!code) return std::unexpected(code.error());
  const auto approval = request.context.device_codes.poll(*code, request.client.id, request.incoming.now);
  if (!approval) return std::unexpected(approval.error());
  if (approval->tenant != request.client.tenant) return refuse(OAuthFault::kGrantOfOther);
  auto user = require_valid_user(request, approval->user, approval->begun);
  if (!user) return std::unexpected(user.error());
  return issue_tokens(request,
                      {.user = *std::move(user),
                       .scope = approval->scope,
                       .begun = approval->begun,
                       .method = approval->method,
                       .device = approval->name},
                      secure_random_guid());
}

// Resource owner password (RFC 6749 §4.3). Not for personal accounts, as at Entra, and not for users who need a second
// factor: no page can ask for it.
OAuthResult<std::string> by_password(const GrantRequest& request) {
  if (identity::is_personal(request.client.tenant)) return refuse(OAuthFault::kTenantNeeded);
  for (const char* name : {"username", "password"})
    if (const auto field = require_field(request.form, name); !field) return std::unexpected(field.error());
  const auto scope = require_scope(request.incoming, request.form, TokenFor::kUser);
  if (!scope) return std::unexpected(scope.error());
  auto checked = check_sign_in(request.context, request.incoming, request.client.tenant,
                               *request.form.find("username"), *request.form.find("password"));
  if (!checked) return std::unexpected(checked.error());
  if (checked->need == FactorNeed::kCode) return refuse(OAuthFault::kFactorNeeded);
  if (checked->need == FactorNeed::kEnrolment) return refuse(OAuthFault::kFactorEnrolment);
  return issue_tokens(request, {std::move(checked->user), *scope, request.incoming.now},
                      secure_random_guid());
}

OAuthError user_token_error(identity::TokenFault fault) {
  if (fault == identity::TokenFault::kAudience) return {OAuthFault::kUserTokenAudience};
  if (fault == identity::TokenFault::kExpired || fault == identity::TokenFault::kNotYet)
    return {OAuthFault::kUserTokenExpired};
  return {OAuthFault::kUserTokenInvalid};
}

// The user of an access token whose audience is this client (on-behalf-of).
OAuthResult<identity::Caller> read_user_token(const GrantRequest& request, std::string_view token) {
  std::vector<identity::Issuer> issuers;
  issuers.push_back({issuer_of(request.incoming, request.client.tenant), request.client.tenant,
                     request.context.keys.published(request.incoming.now)});
  const identity::Verifier verifier(std::make_shared<const identity::KeySet>(std::move(issuers)),
                                    {to_string(request.client.id)});
  auto caller = verifier.verify(token, request.incoming.now);
  if (!caller) return std::unexpected(user_token_error(caller.error()));
  if (!caller->delegated()) return refuse(OAuthFault::kUserTokenOfApp);
  return *std::move(caller);
}

// On-behalf-of: exchanges a user's token for this application for one to another resource.
OAuthResult<std::string> on_behalf_of(const GrantRequest& request) {
  if (request.proof == Proof::kNone) return refuse(OAuthFault::kCredentialNeeded);
  for (const char* name : {"assertion", "requested_token_use"})
    if (const auto field = require_field(request.form, name); !field) return std::unexpected(field.error());
  const auto scope = require_scope(request.incoming, request.form, TokenFor::kUser);
  if (!scope) return std::unexpected(scope.error());
  if (request.form.find("requested_token_use") != "on_behalf_of")
    return refuse(OAuthFault::kParameterInvalid, "requested_token_use");
  const auto caller = read_user_token(request, *request.form.find("assertion"));
  if (!caller) return std::unexpected(caller.error());
  if (is_revoked(request.context.directory, caller->tenant, *caller->user, caller->issued_at) ||
      is_revoked(request.context.directory, caller->tenant, caller->app, caller->issued_at))
    return refuse(OAuthFault::kUserTokenInvalid);
  // `iat` has whole seconds: the token may be from the end of its second.
  const Time begun = caller->issued_at + std::chrono::seconds(1) - Duration(1);
  auto user = require_valid_user(request, *caller->user, begun);
  if (!user) return std::unexpected(user.error());
  return issue_tokens(request, {*std::move(user), *scope, begun}, secure_random_guid());
}

struct GrantRow {
  std::string_view name;
  OAuthResult<std::string> (*answer)(const GrantRequest&);
};

// The name by which older clients ask for a device code.
constexpr std::string_view kOldDeviceCode = "device_code";

constexpr GrantRow kGrants[] = {
    {"client_credentials", by_client_credentials},
    {"authorization_code", by_code},
    {"refresh_token", by_refresh_token},
    {"urn:ietf:params:oauth:grant-type:device_code", by_device_code},
    {kOldDeviceCode, by_device_code},
    {"password", by_password},
    {"urn:ietf:params:oauth:grant-type:jwt-bearer", on_behalf_of},
};

bool is_enabled(const AuthorityContext& context, const GrantRow& grant) {
  return grant.answer != by_password || context.settings.password_grant;
}

// A body without a type is a form: small HTTP clients send none. Any other type is refused. A page of another origin
// gains nothing by it, because no cookie counts at these endpoints.
bool is_form(const http::Request& request) {
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type.empty() || equals_ignore_case(type, "application/x-www-form-urlencoded");
}

// The parameters of a request: the body of a POST, else the query.
OAuthResult<Form> read_form(const EndpointRequest& incoming) {
  const bool posted = incoming.request.method == http::Method::kPost;
  if (posted && !is_form(incoming.request)) return refuse(OAuthFault::kContentType);
  auto form = Form::parse(posted ? incoming.request.body : incoming.request.query);
  if (!form) return std::unexpected(form_error(form.error()));
  return *std::move(form);
}

// The grant type is checked before the client is authenticated: an unknown one is an error of the request for any
// client.
OAuthResult<std::string> answer_grant(AuthorityContext& context, const EndpointRequest& incoming) {
  const auto form = read_form(incoming);
  if (!form) return std::unexpected(form.error());
  const auto type = require_field(*form, "grant_type");
  if (!type) return std::unexpected(type.error());
  const auto grant = std::ranges::find(kGrants, *type, &GrantRow::name);
  if (grant == std::end(kGrants) || !is_enabled(context, *grant)) return refuse(OAuthFault::kGrantType);
  const auto client = authenticate(context, incoming, *form);
  if (!client) return std::unexpected(client.error());
  return grant->answer({context, incoming, *form, client->client, client->proof});
}

// Device authorization (RFC 8628 §3.1). The client is identified but not authenticated; the poll authenticates it.
OAuthResult<std::string> start_device(AuthorityContext& context, const EndpointRequest& incoming) {
  const auto form = read_form(incoming);
  if (!form) return std::unexpected(form.error());
  const auto id = require_field(*form, "client_id");
  if (!id) return std::unexpected(id.error());
  const auto text = require_scope(incoming, *form, TokenFor::kUser);
  if (!text) return std::unexpected(text.error());
  const auto client = find_client(context, incoming, *id);
  if (!client) return std::unexpected(client.error());
  const auto scope = parse_scope(*text);
  if (!scope) return std::unexpected(scope.error());
  const auto started =
      context.device_codes.start({client->tenant, client->id, *text}, incoming.request.client, incoming.now);
  if (!started) return std::unexpected(started.error());
  return device_response(incoming, started->device_code, started->user_code);
}

void answer_with(AuthorityContext& context, const EndpointRequest& incoming,
                 OAuthResult<std::string> (*answer)(AuthorityContext&, const EndpointRequest&),
                 http::Response& response) {
  auto json = answer(context, incoming);
  if (!json) return reply_error(incoming, json.error(), response);
  reply_json(incoming, *std::move(json), response);
}

}  // namespace

std::vector<std::string_view> enabled_grants(const AuthorityContext& context) {
  std::vector<std::string_view> names;
  for (const GrantRow& grant : kGrants)
    if (grant.name != kOldDeviceCode && is_enabled(context, grant)) names.push_back(grant.name);
  return names;
}

void answer_token(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  answer_with(context, incoming, answer_grant, response);
  response.authenticated = response.status == 200;
}

void answer_device_code(AuthorityContext& context, const EndpointRequest& incoming,
                        http::Response& response) {
  answer_with(context, incoming, start_device, response);
}

}  // namespace porchlight::authority
