#include "authority/test_server.h"

#include <algorithm>

#include "authority/digest.h"
#include "base/base64url.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/token_form.h"

namespace porchlight::authority::testing {
namespace {

// Generating keys is slow: one ring per test program.
const KeyRing& ring() {
  static const KeyRing made({{identity::SigningKey::generate(), at(0)}});
  return made;
}

std::string member_of(std::string_view json, std::string_view name) {
  JsonReader reader;
  const auto root = reader.parse(json, {.names_ignore_case = false});
  simdjson::dom::element value;
  if (!root || (*root)[name].get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

std::string raw_object(const Fields& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) json += (json.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
  return json + "}";
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

std::string Answer::json(std::string_view name) const { return member_of(body, name); }

std::string Answer::field(std::string_view name) const {
  std::string_view rest = lines;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    if (line.starts_with(name) && line.substr(name.size(), 2) == ": ")
      return std::string(line.substr(name.size() + 2));
  }
  return {};
}

std::string Answer::parameter(std::string_view name) const {
  const std::string place = field("Location");
  const auto form =
      Form::parse(std::string_view(place).substr(std::min(place.find_first_of("?#") + 1, place.size())));
  return form ? std::string(form->find(name).value_or("")) : std::string();
}

std::vector<Guid> FakeDirectory::tenant_ids() const {
  std::vector<Guid> ids;
  ids.reserve(tenants_.size());
  for (const directory::Tenant& tenant : tenants_) ids.push_back(tenant.id);
  return ids;
}

std::optional<directory::Tenant> FakeDirectory::find_tenant(const Guid& tenant) const {
  const auto found = std::ranges::find(tenants_, tenant, &directory::Tenant::id);
  return found == tenants_.end() ? std::nullopt : std::optional(*found);
}

std::optional<Guid> FakeDirectory::find_tenant_named(std::string_view name) const {
  const auto found = std::ranges::find_if(
      tenants_, [name](const directory::Tenant& tenant) { return equals_ignore_case(tenant.name, name); });
  return found == tenants_.end() ? std::nullopt : std::optional(found->id);
}

std::optional<directory::App> FakeDirectory::find_app(const Guid& tenant, const Guid& app) const {
  if (const auto found = apps_.find(tenant); found != apps_.end())
    for (const directory::App& one : found->second)
      if (one.id == app) return one;
  return std::nullopt;
}

std::optional<directory::User> FakeDirectory::find_user(const Guid& tenant, const Guid& user) const {
  if (const auto found = users_.find(tenant); found != users_.end())
    for (const directory::User& one : found->second)
      if (one.id == user) return one;
  return std::nullopt;
}

std::optional<directory::User> FakeDirectory::find_upn(const Guid& tenant, std::string_view upn) const {
  if (const auto found = users_.find(tenant); found != users_.end())
    for (const directory::User& one : found->second)
      if (equals_ignore_case(one.upn, upn)) return one;
  return std::nullopt;
}

TestServer::TestServer(bool password_grant, SecondFactorPolicy second_factor) {
  directory.tenants_ = {{kContoso, "Contoso"}, {kFabrikam, "Fabrikam"}};
  directory.apps_[kContoso] = {{kRobot, "Robot", false, {}, {"Presence.Read.All", "Presence.ReadWrite.All"}},
                               {kPhone, "Phone", false, {"Presence.Read"}, {}},
                               {kApi, "Middle", false, {"Presence.Read"}, {}},
                               {kShared, "Shared", false, {}, {}}};
  directory.apps_[kFabrikam] = {{kShared, "Shared", false, {}, {}}};
  directory.users_[kContoso] = {{kAna, std::string(kAnaUpn), "Ana"}, {kBen, "ben@contoso.com", "Ben"}};
  settings = {.public_base = {},
              .graph_issuer = std::string(kGraphIss),
              .password_grant = password_grant,
              .second_factor = second_factor,
              .hosts = {host, "login.microsoftonline.com", "2001:db8::1"}};
  authority.emplace(settings, directory, stores, ring(), std::string(32, 'k'));

  NewSecret secret = make_client_secret(at(86'400));
  robot_secret = secret.text;
  CredentialStore& credentials = stores.credentials;
  Registration confidential;
  confidential.secrets = {secret.stored};
  confidential.certificates = {*ClientCertificate::parse_pem(robot().pem)};
  confidential.redirects = {std::string(kRedirect)};
  (void)credentials.put(kContoso, kRobot, confidential);
  confidential.exposed = {"access"};
  (void)credentials.put(kContoso, kApi, confidential);
  Registration open;
  open.is_public = true;
  open.redirects = {std::string(kRedirect), "http://localhost"};
  (void)credentials.put(kContoso, kPhone, open);
  // Hashing is slow: once per test program.
  static const std::string hashed = [] {
    storage::MemoryKvStore other;
    (void)CredentialStore(other).set_password(kContoso, kAna, kPasswordText, at(-10));
    return other.get("password/" + to_string(kContoso) + "/" + to_string(kAna)).value().value();
  }();
  (void)store.put("password/" + to_string(kContoso) + "/" + to_string(kAna), hashed);
}

Answer TestServer::ask(http::Method method, std::string_view path, std::string_view query,
                       std::string_view body, const Fields& headers) {
  std::vector<http::HeaderField> list;
  for (const auto& [name, value] : headers) list.push_back({name, value});
  http::Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.host = host;
  request.headers = list;
  request.body = body;
  request.client = IpAddress::parse(address);
  request.listener_kind = http::ListenerKind::kTls;
  request.is_https = true;
  http::Response response;
  authority->handle(request, now_, response);
  return {response.status, std::string(response.lines()), response.body, response.authenticated};
}

std::string encode_fields(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    append_form_value(text, name);
    text += '=';
    append_form_value(text, value);
  }
  return text;
}

Answer TestServer::post_raw(std::string_view endpoint, std::string_view body, Fields headers) {
  return ask(http::Method::kPost, "/" + tenant + "/" + folder + std::string(endpoint), "", body, headers);
}

Answer TestServer::post(std::string_view endpoint, const Fields& fields, Fields headers) {
  headers.try_emplace("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
  return post_raw(endpoint, encode_fields(fields), std::move(headers));
}

Answer TestServer::get(std::string_view endpoint, const Fields& query, Fields headers) {
  return ask(http::Method::kGet, "/" + tenant + "/" + std::string(endpoint), encode_fields(query), "",
             headers);
}

Fields TestServer::robot_credentials() const {
  return {{"grant_type", "client_credentials"},
          {"client_id", to_string(kRobot)},
          {"client_secret", robot_secret},
          {"scope", "https://graph.microsoft.com/.default"}};
}

Fields TestServer::authorize_query(const Guid& client, std::string_view scope) const {
  return {{"client_id", to_string(client)},
          {"response_type", "code"},
          {"redirect_uri", std::string(kRedirect)},
          {"scope", std::string(scope)},
          {"state", "s t&te"},
          {"nonce", "n0nce"},
          {"code_challenge", encode_base64url(sha256(kVerifierText))},
          {"code_challenge_method", "S256"}};
}

void TestServer::remember(const Answer& answer) {
  std::string_view rest = answer.lines;
  constexpr std::string_view kSet = "Set-Cookie: ";
  for (std::size_t at_ = rest.find(kSet); at_ != rest.npos; at_ = rest.find(kSet)) {
    rest.remove_prefix(at_ + kSet.size());
    const std::string_view pair = rest.substr(0, rest.find(';'));
    cookies[std::string(pair.substr(0, pair.find('=')))] = pair.substr(pair.find('=') + 1);
  }
  constexpr std::string_view kCsrfField = "name=\"word\" value=\"";
  if (const std::size_t place = answer.body.find(kCsrfField); place != std::string::npos)
    csrf_token = answer.body.substr(place + kCsrfField.size(), 43);
  constexpr std::string_view kPendingField = "name=\"pending\" value=\"";
  const std::size_t mark = answer.body.find(kPendingField);
  pending = mark == std::string::npos ? std::string() : answer.body.substr(mark + kPendingField.size(), 43);
  constexpr std::string_view kCodeField = "name=\"user_code\" value=\"";
  const std::size_t place = answer.body.find(kCodeField);
  user_code = place == std::string::npos ? std::string() : answer.body.substr(place + kCodeField.size(), 9);
}

Fields TestServer::browser_headers() const {
  Fields headers;
  for (const auto& [name, value] : cookies)
    headers["Cookie"] += (headers["Cookie"].empty() ? "" : "; ") + name + "=" + value;
  if (!accept_language.empty()) headers["Accept-Language"] = accept_language;
  return headers;
}

Answer TestServer::browse(std::string_view endpoint, const Fields& query) {
  const Answer answer = get(folder + std::string(endpoint), query, browser_headers());
  remember(answer);
  return answer;
}

Answer TestServer::post_step(std::string_view endpoint, const Fields& query, Fields fields) {
  Fields headers = browser_headers();
  headers.insert({{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", "https://" + host}});
  fields.try_emplace("word", csrf_token);
  if (!user_code.empty()) fields.try_emplace("user_code", user_code);
  if (!pending.empty()) fields.try_emplace("pending", pending);
  const Answer answer = ask(http::Method::kPost, "/" + tenant + "/" + folder + std::string(endpoint),
                            encode_fields(query), encode_fields(fields), headers);
  remember(answer);
  return answer;
}

Answer TestServer::type_code(const std::string& code) {
  return post_step("deviceauth", {}, {{"step", "code"}, {"user_code", code}});
}

Answer TestServer::walk_through(std::string_view endpoint, const Fields& query, std::string_view name,
                                std::string_view password) {
  Answer answer = browse(endpoint, query);
  if (answer.body.find("id=\"user_code\"") != std::string::npos) answer = type_code(query.at("user_code"));
  if (answer.body.find("name=\"password\"") != std::string::npos)
    answer = post_step(
        endpoint, query,
        {{"step", "sign_in"}, {"username", std::string(name)}, {"password", std::string(password)}});
  if (answer.body.find("name=\"decision\"") != std::string::npos)
    answer = post_step(endpoint, query, {{"step", "consent"}, {"decision", "accept"}});
  return answer;
}

Fields TestServer::redeem_fields(const Guid& client, std::string_view scope) {
  const Answer answer = walk_through("authorize", authorize_query(client, scope));
  Fields fields = {{"grant_type", "authorization_code"},
                   {"client_id", to_string(client)},
                   {"code", answer.parameter("code")},
                   {"redirect_uri", std::string(kRedirect)},
                   {"code_verifier", kVerifierText}};
  if (client != kPhone) fields["client_secret"] = robot_secret;
  return fields;
}

std::expected<identity::Caller, identity::TokenFault> TestServer::verify(std::string_view token,
                                                                         std::string audience) const {
  std::vector<identity::Issuer> issuers;
  issuers.push_back({std::string(kGraphIss), std::nullopt, ring().published(now_)});
  issuers.push_back({std::string(kBase) + "/{tenantid}/v2.0", std::nullopt, ring().published(now_)});
  return identity::Verifier(std::make_shared<const identity::KeySet>(std::move(issuers)),
                            {std::move(audience)})
      .verify(token, now_);
}

std::string claim(std::string_view token, std::string_view name) {
  return member_of(identity::split_token(token).value().payload, name);
}

Assertion::Assertion() {
  const auto certificate = ClientCertificate::parse_pem(robot().pem);
  header = {{"alg", "\"PS256\""}, {"typ", "\"JWT\""}, {"x5t#S256", in_quotes(certificate->thumbprint256)}};
  claims = {{"aud", in_quotes(std::string(kBase) + "/" + to_string(kContoso) + "/oauth2/v2.0/token")},
            {"iss", in_quotes(to_string(kRobot))},
            {"sub", in_quotes(to_string(kRobot))},
            {"jti", "\"an id\""},
            {"nbf", std::to_string(kNow)},
            {"exp", std::to_string(kNow + 600)}};
}

std::string Assertion::sign(const Identity& signer) const {
  const std::string text = encode_base64url(raw_object(header)) + '.' + encode_base64url(raw_object(claims));
  return text + '.' + encode_base64url(sign_text(signer, text, pss));
}

}  // namespace porchlight::authority::testing
