// An authority in the test process, with tenants, users and applications, a manual clock, and helpers for requests.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authority.h"
#include "authority/certificates.h"
#include "identity/verifier.h"
#include "support/memory_kv_store.h"

namespace porchlight::authority::testing {

inline constexpr std::string_view kBase = "https://login.porch.example";
inline constexpr std::string_view kGraphIss = "https://porchlight.local/{tenantid}/v2.0";
inline const Guid kContoso = parse_guid("11111111-1111-4111-8111-111111111111").value();
inline const Guid kFabrikam = parse_guid("22222222-2222-4222-8222-222222222222").value();
inline const Guid kAna = parse_guid("33333333-3333-4333-8333-333333333333").value();
inline const Guid kBen = parse_guid("33333333-3333-4333-8333-333333333334").value();
inline const Guid kRobot = parse_guid("44444444-4444-4444-8444-444444444441").value();  // confidential
inline const Guid kPhone = parse_guid("44444444-4444-4444-8444-444444444442").value();  // public
inline const Guid kApi =
    parse_guid("44444444-4444-4444-8444-444444444443").value();  // confidential, exposes "access"
inline const Guid kShared = parse_guid("44444444-4444-4444-8444-444444444444").value();  // in both tenants
inline constexpr std::string_view kAnaUpn = "ana@contoso.com", kPasswordText = "correct horse";
inline constexpr std::string_view kRedirect = "https://app.contoso.com/signed-in";
inline const std::string kVerifierText(43, 'v');

using Fields = std::map<std::string, std::string>;

// A response, with access to its JSON and headers.
struct Answer {
  int status = 0;
  std::string lines, body;
  bool authenticated = false;

  // A string or number of the JSON body; empty if it is missing.
  std::string json(std::string_view name) const;
  // A header; empty if it is missing.
  std::string field(std::string_view name) const;
  // A parameter of the URL in Location.
  std::string parameter(std::string_view name) const;
};

class FakeDirectory final : public Directory {
 public:
  std::vector<Guid> tenant_ids() const override;
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const override;
  std::optional<Guid> find_tenant_named(std::string_view name) const override;
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const override;
  std::optional<directory::User> find_user(const Guid& tenant, const Guid& user) const override;
  std::optional<directory::User> find_upn(const Guid& tenant, std::string_view upn) const override;
  std::optional<Time> revoked_at(const Guid&, const Guid& subject) const override {
    const auto found = revoked_.find(subject);
    return found == revoked_.end() ? std::nullopt : std::optional(found->second);
  }

  bool is_administrator(const Guid&, const Guid& user) const override {
    return administrators_.contains(user);
  }

  std::set<Guid> administrators_;
  std::map<Guid, Time> revoked_;  // by user or application
  std::vector<directory::Tenant> tenants_;
  std::map<Guid, std::vector<directory::App>> apps_;
  std::map<Guid, std::vector<directory::User>> users_;
};

class TestServer {
 public:
  explicit TestServer(bool password_grant = false,
                      SecondFactorPolicy second_factor = SecondFactorPolicy::kOptional);

  Answer post(std::string_view endpoint, const Fields& fields, Fields headers = {});
  // The same with a raw body.
  Answer post_raw(std::string_view endpoint, std::string_view body, Fields headers);
  Answer get(std::string_view endpoint, const Fields& query = {}, Fields headers = {});
  Answer ask(http::Method method, std::string_view path, std::string_view query, std::string_view body,
             const Fields& headers);

  // Valid fields for the token endpoint, from which tables of invalid requests start.
  Fields robot_credentials() const;
  // Signs Ana in and returns the fields that redeem the code.
  Fields redeem_fields(const Guid& client = kPhone,
                       std::string_view scope = "Presence.Read openid profile offline_access");
  Fields authorize_query(const Guid& client = kPhone,
                         std::string_view scope = "Presence.Read openid profile offline_access") const;
  // Acts as a user in a browser: types the `user_code` of the query if asked for it, signs in at the endpoint and
  // accepts. Returns the last response.
  Answer walk_through(std::string_view endpoint, const Fields& query, std::string_view name = kAnaUpn,
                      std::string_view password = kPasswordText);
  // Posts the form of a page, with the CSRF token and cookies of the browser.
  Answer post_step(std::string_view endpoint, const Fields& query, Fields fields);
  // Types the code of a device on its page.
  Answer type_code(const std::string& code);
  Answer browse(std::string_view endpoint, const Fields& query);

  // Verifies a token as the resource with that audience.
  std::expected<identity::Caller, identity::TokenFault> verify(std::string_view token,
                                                               std::string audience) const;

  void advance(std::int64_t seconds) { now_ += std::chrono::seconds(seconds); }
  Time now() const { return now_; }

  storage::MemoryKvStore store;
  AuthorityStores stores{store};
  FakeDirectory directory;
  std::string robot_secret;
  std::string tenant = to_string(kContoso);  // in paths
  std::string folder = "oauth2/v2.0/";       // of the endpoints; "oauth2/" for v1
  std::string host = "login.porch.example";
  std::string address = "192.0.2.1";
  std::string accept_language;  // of the browser; empty: not sent
  Fields cookies;               // of the browser
  std::string csrf_token;       // of the last page's form, as is
  std::string user_code;        // the code of a device, if the form has one
  std::string pending;          // the pending sign-in, if the form has one
  AuthoritySettings settings;
  std::optional<Authority> authority;

 private:
  void remember(const Answer& answer);
  // The browser's cookies and language.
  Fields browser_headers() const;
  Time now_ = at(0);
};

// `name=value&…`, encoded.
std::string encode_fields(const Fields& fields);
// A claim of a token as text.
std::string claim(std::string_view token, std::string_view name);

// An unsigned client assertion of kRobot: member names to raw JSON.
struct Assertion {
  Assertion();
  Fields header, claims;
  bool pss = true;
  std::string sign(const Identity& signer = robot()) const;
};

}  // namespace porchlight::authority::testing
