// POST /{tenant}/oauth2/v2.0/token: one function per grant (spec protocol §2.6), and what they share: a grant
// ends in tokens or in a refusal, and nothing is given that is not kept.
#include <fmt/format.h>

#include <algorithm>

#include "authority/client_auth.h"
#include "authority/json_object.h"
#include "base/text.h"
#include "identity/claims.h"
#include "identity/verifier.h"

namespace porchlight::authority {
namespace {

// A request to the endpoint, its client known.
struct Ask {
  Desk& desk;
  const Visit& visit;
  const Form& form;
  const Client& client;
  Proof proof;

  std::string text(std::string_view name) const { return std::string(form.find(name).value_or("")); }
};

constexpr auto kTokenSeconds = std::chrono::duration_cast<std::chrono::seconds>(kTokenLife).count();

// `iss` of a token: tokens for Graph have our own name, which stays when the server's address changes; others
// the address, at which their readers find our keys. A cloud's address stays as well.
std::string issuer_for_resource(const Ask& ask, const std::optional<Guid>& resource) {
  return resource || ask.desk.settings.has_cloud_names()
             ? issuer_of(ask.visit, ask.client.tenant)
             : identity::issuer_for(ask.desk.settings.graph_issuer, ask.client.tenant);
}

std::string access_token_of(const Ask& ask, const Scope& scope, const directory::User* user,
                            std::vector<std::string> words) {
  const AccessToken token{.audience = scope.resource ? to_string(*scope.resource) : std::string(kGraphId),
                          .issuer = issuer_for_resource(ask, scope.resource),
                          .client = ask.client,
                          .proof = ask.proof,
                          .user = user,
                          .words = std::move(words)};
  return sign_access_token(token, ask.desk.keys.signer(ask.visit.now), ask.visit.now);
}

JsonObject begin_answer(std::string_view scope) {
  JsonObject json;
  json.text("token_type", "Bearer").text("scope", scope);
  json.number("expires_in", kTokenSeconds).number("ext_expires_in", kTokenSeconds);
  return json;
}

// Who signed in, and what for.
struct SignedIn {
  directory::User user;
  std::string scope;
  std::string nonce = {};
};

// What a user's grant comes to, before any of it is kept or given.
struct Due {
  SignedIn signed_in;
  Scope scope;
  std::string granted;
  std::vector<std::string> words;
};

Result<Due> weigh_due(const Ask& ask, SignedIn signed_in) {
  auto scope = parse_scope(signed_in.scope);
  if (!scope) return std::unexpected(scope.error());
  auto consent = weigh_for(ask.desk, *scope, ask.client, signed_in.user.id);
  if (!consent) return std::unexpected(consent.error());
  if (must_ask(*scope, *consent)) return refuse(Fault::kConsentMissing);
  std::string granted = granted_text(*scope, consent->granted);
  return Due{std::move(signed_in), *std::move(scope), std::move(granted), std::move(consent->granted)};
}

// The answer to a user's grant. `refresh`: the refresh token, where there is one.
std::string print_answer(const Ask& ask, const Due& due, const std::string& refresh) {
  const directory::User& user = due.signed_in.user;
  JsonObject json = begin_answer(due.granted);
  json.text("access_token", access_token_of(ask, due.scope, &user, due.words));
  if (!refresh.empty()) json.text("refresh_token", refresh);
  if (due.scope.openid) {
    const IdToken token{issuer_of(ask.visit, ask.client.tenant), ask.client, user, due.signed_in.nonce,
                        due.scope.profile};
    json.text("id_token", sign_id_token(token, ask.desk.keys.signer(ask.visit.now), ask.visit.now));
  }
  if (ask.form.find("client_info") == "1") json.text("client_info", client_info(user.id, ask.client.tenant));
  return json.take();
}

// The tokens of somebody who has just signed in; the refresh tokens are of that family.
Result<std::string> give(const Ask& ask, SignedIn signed_in, const Guid& family) {
  const auto due = weigh_due(ask, std::move(signed_in));
  if (!due) return std::unexpected(due.error());
  if (!due->scope.offline) return print_answer(ask, *due, "");
  const RefreshGrant grant{ask.client.tenant, ask.client.id, due->signed_in.user.id, due->granted,
                           ask.visit.now};
  const auto refresh = ask.desk.refresh.begin(family, grant);
  if (!refresh) return std::unexpected(refresh.error());
  return print_answer(ask, *due, *refresh);
}

Result<std::string> by_client_credentials(const Ask& ask) {
  if (ask.proof == Proof::kNone) return refuse(Fault::kCredentialNeeded);
  if (!ask.visit.tenant || identity::is_personal(*ask.visit.tenant)) return refuse(Fault::kTenantNeeded);
  const auto text = require_field(ask.form, "scope");
  if (!text) return std::unexpected(text.error());
  const auto scope = parse_scope(*text);
  if (!scope) {
    return refuse(scope.error().fault == Fault::kScopeInvalid ? Fault::kScopeNotDefault
                                                              : scope.error().fault);
  }
  if (!scope->everything || scope->openid || scope->profile || scope->email || scope->offline)
    return refuse(Fault::kScopeNotDefault);
  if (scope->resource && !ask.desk.directory.find_app(ask.client.tenant, *scope->resource))
    return refuse(Fault::kResourceUnknown);
  const std::vector<std::string> roles = scope->resource ? std::vector<std::string>{} : ask.client.roles;
  return begin_answer(*text).text("access_token", access_token_of(ask, *scope, nullptr, roles)).take();
}

Result<std::string> by_code(const Ask& ask) {
  for (const char* name : {"code", "redirect_uri", "code_verifier"})
    if (const auto field = require_field(ask.form, name); !field) return std::unexpected(field.error());
  const auto redeemed = ask.desk.codes.redeem({.code = *ask.form.find("code"),
                                               .redirect_uri = *ask.form.find("redirect_uri"),
                                               .verifier = *ask.form.find("code_verifier"),
                                               .client = ask.client.id},
                                              ask.visit.now);
  if (redeemed.replayed) {
    if (auto dead = ask.desk.refresh.revoke(*redeemed.replayed, ask.visit.now); !dead)
      return std::unexpected(dead.error());
  }
  if (!redeemed.grant) return std::unexpected(redeemed.grant.error());
  const CodeGrant& grant = *redeemed.grant;
  auto user = ask.desk.directory.find_user(grant.tenant, grant.user);
  if (grant.tenant != ask.client.tenant) return refuse(Fault::kGrantOfOther);
  if (!user) return refuse(Fault::kRefreshRevoked);
  const std::string scope = ask.text("scope");
  return give(ask, {*std::move(user), scope.empty() ? grant.scope : scope, grant.nonce}, grant.family);
}

Result<std::string> by_refresh_token(const Ask& ask) {
  const auto token = require_field(ask.form, "refresh_token");
  if (!token) return std::unexpected(token.error());
  const auto shown = ask.desk.refresh.show(*token, ask.client.id, ask.visit.now);
  if (!shown) return std::unexpected(shown.error());
  if (shown->grant.tenant != ask.client.tenant) return refuse(Fault::kGrantOfOther);
  auto user = find_present(ask.desk, shown->grant.tenant, shown->grant.user, shown->grant.begun);
  if (!user) return std::unexpected(user.error());
  if (!*user) return refuse(Fault::kRefreshRevoked);
  const std::string scope = ask.text("scope");
  const auto due = weigh_due(ask, {**std::move(user), scope.empty() ? shown->grant.scope : scope});
  if (!due) return std::unexpected(due.error());
  const auto next = ask.desk.refresh.rotate(*shown, ask.visit.now);
  if (!next) return std::unexpected(next.error());
  return print_answer(ask, *due, *next);
}

Result<std::string> by_device_code(const Ask& ask) {
  // Older clients call it `code`.
  const std::string_view name = ask.form.find("code") ? "code" : "device_code";
  const auto code = require_field(ask.form, name);
  if (!code) return std::unexpected(code.error());
  const auto approval = ask.desk.devices.poll(*code, ask.client.id, ask.visit.now);
  if (!approval) return std::unexpected(approval.error());
  if (approval->tenant != ask.client.tenant) return refuse(Fault::kGrantOfOther);
  auto user = ask.desk.directory.find_user(approval->tenant, approval->user);
  if (!user) return refuse(Fault::kRefreshRevoked);
  return give(ask, {*std::move(user), approval->scope}, secure_random_guid());
}

Result<std::string> by_password(const Ask& ask) {
  if (!ask.desk.settings.password_grant) return refuse(Fault::kGrantType);
  if (identity::is_personal(ask.client.tenant)) return refuse(Fault::kTenantNeeded);
  for (const char* name : {"username", "password", "scope"})
    if (const auto field = require_field(ask.form, name); !field) return std::unexpected(field.error());
  auto user = check_sign_in(ask.desk, ask.visit, ask.client.tenant, *ask.form.find("username"),
                            *ask.form.find("password"));
  if (!user) return std::unexpected(user.error());
  return give(ask, {*std::move(user), ask.text("scope")}, secure_random_guid());
}

Error user_token_error(identity::TokenFault fault) {
  if (fault == identity::TokenFault::kAudience) return {Fault::kUserTokenAudience};
  if (fault == identity::TokenFault::kExpired || fault == identity::TokenFault::kNotYet)
    return {Fault::kUserTokenExpired};
  return {Fault::kUserTokenInvalid};
}

// Whom a token of ours, given to this client as a resource, is about.
Result<identity::Caller> read_user_token(const Ask& ask, std::string_view token) {
  std::vector<identity::Issuer> issuers;
  issuers.push_back(
      {issuer_of(ask.visit, ask.client.tenant), ask.client.tenant, ask.desk.keys.published(ask.visit.now)});
  const identity::Verifier verifier(std::make_shared<const identity::KeySet>(std::move(issuers)),
                                    {to_string(ask.client.id)});
  auto caller = verifier.verify(token, ask.visit.now);
  if (!caller) return std::unexpected(user_token_error(caller.error()));
  if (!caller->delegated()) return refuse(Fault::kUserTokenOfApp);
  return *std::move(caller);
}

Result<std::string> on_behalf_of(const Ask& ask) {
  if (ask.proof == Proof::kNone) return refuse(Fault::kCredentialNeeded);
  for (const char* name : {"assertion", "requested_token_use", "scope"})
    if (const auto field = require_field(ask.form, name); !field) return std::unexpected(field.error());
  if (ask.form.find("requested_token_use") != "on_behalf_of")
    return refuse(Fault::kParameterInvalid, "requested_token_use");
  const auto caller = read_user_token(ask, *ask.form.find("assertion"));
  if (!caller) return std::unexpected(caller.error());
  auto user = ask.desk.directory.find_user(caller->tenant, *caller->user);
  if (!user) return refuse(Fault::kUserTokenInvalid);
  return give(ask, {*std::move(user), ask.text("scope")}, secure_random_guid());
}

struct GrantRow {
  std::string_view name;
  Result<std::string> (*answer)(const Ask&);
};

constexpr GrantRow kGrants[] = {
    {"client_credentials", by_client_credentials},
    {"authorization_code", by_code},
    {"refresh_token", by_refresh_token},
    {"urn:ietf:params:oauth:grant-type:device_code", by_device_code},
    {"device_code", by_device_code},  // as older clients have it
    {"password", by_password},
    {"urn:ietf:params:oauth:grant-type:jwt-bearer", on_behalf_of},
};

Result<std::string> answer_grant(Desk& desk, const Visit& visit) {
  const auto form = Form::parse(visit.request.body);
  if (!form) return std::unexpected(form_error(form.error()));
  const auto type = require_field(*form, "grant_type");
  if (!type) return std::unexpected(type.error());
  const auto grant = std::ranges::find(kGrants, *type, &GrantRow::name);
  if (grant == std::end(kGrants)) return refuse(Fault::kGrantType);
  const auto client = authenticate(desk, visit, *form);
  if (!client) return std::unexpected(client.error());
  return grant->answer({desk, visit, *form, client->client, client->proof});
}

Result<std::string> start_device(Desk& desk, const Visit& visit) {
  const auto form = Form::parse(visit.request.body);
  if (!form) return std::unexpected(form_error(form.error()));
  for (const char* name : {"client_id", "scope"})
    if (const auto field = require_field(*form, name); !field) return std::unexpected(field.error());
  const auto client = find_client(desk, visit, *form->find("client_id"));
  if (!client) return std::unexpected(client.error());
  const auto scope = parse_scope(*form->find("scope"));
  if (!scope) return std::unexpected(scope.error());
  const auto started =
      desk.devices.start({client->tenant, client->id, std::string(*form->find("scope"))}, visit.now);
  if (!started) return std::unexpected(started.error());
  const std::string place = fmt::format("{}/common/oauth2/v2.0/deviceauth", visit.base);
  const auto seconds = [](Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); };
  return JsonObject()
      .text("user_code", started->user_code)
      .text("device_code", started->device_code)
      .text("verification_uri", place)
      .number("expires_in", seconds(kDeviceLife))
      .number("interval", seconds(kPollInterval))
      .text("message", fmt::format("To sign in, open the page {} in a web browser and enter the code {}.",
                                   place, started->user_code))
      .take();
}

bool is_form(const http::Request& request) {
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_text(type, "application/x-www-form-urlencoded");
}

void answer_post(Desk& desk, const Visit& visit, Result<std::string> (*answer)(Desk&, const Visit&),
                 http::Response& response) {
  if (!is_form(visit.request)) return reply_error(visit, {Fault::kContentType}, response);
  auto json = answer(desk, visit);
  if (!json) return reply_error(visit, json.error(), response);
  reply_json(visit, *std::move(json), response);
}

}  // namespace

void answer_token(Desk& desk, const Visit& visit, http::Response& response) {
  answer_post(desk, visit, answer_grant, response);
  response.authenticated = response.status == 200;
}

void answer_device_code(Desk& desk, const Visit& visit, http::Response& response) {
  answer_post(desk, visit, start_device, response);
}

}  // namespace porchlight::authority
