// Tokens of an identity provider over HTTPS at a whole server: its keys are fetched, change, are kept while it is down,
// and expire. And the host names of clouds.
#include <gmock/gmock.h>

#include "http/tls.h"
#include "identity/minter.h"
#include "issuers/schedule.h"
#include "node/node.h"
#include "server/server.h"
#include "small_client.h"
#include "support/fake_provider.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kIssuerTenant = "11111111-1111-4111-8111-11111111111a";
constexpr const char* kIssuerUser = "33333333-3333-4333-8333-333333333333";
const Time kIssuedAt{std::chrono::seconds(1'900'000'000)};

// Creating RSA keys is slow, so the tests share them.
const identity::SigningKey& made_once(int number) {
  static const identity::SigningKey keys[] = {identity::SigningKey::generate(),
                                              identity::SigningKey::generate()};
  return keys[number];
}

class IssuersTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto files = http::ensure_self_signed(temp_ / "provider", {"localhost"});
    ASSERT_TRUE(files);
    provider_ = std::make_unique<FakeProvider>(files->certificate, files->key);
    provider_->answer("/config", FakeProvider::ok(R"({"issuer":")" + iss() + R"(","jwks_uri":")" +
                                                  provider_->url("/keys") + "\"}"));
    publish(first_);
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    config_.level = "off";
    node::TrustedIssuer& issuer = config_.issuers.emplace_back();
    issuer.iss = iss();
    issuer.tenant = parse_guid(kIssuerTenant);
    issuer.discovery_url = provider_->url("/config");
    issuer.ca_file = files->ca;
    issuer.claims = identity::open_id_claims();
    issuer.claims.subject = "email";
    issuer.claims.subject_is_upn = true;
    issuer.audiences = {"porchlight"};
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
  }
  std::string iss() const { return provider_->url("/realm"); }
  void publish(const identity::SigningKey& key) { provider_->answer("/keys", FakeProvider::ok(key.jwks())); }

  void start(Time now = kIssuedAt) {
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), now);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  void populate() {
    const auto command = [this](const std::string& body) {
      return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
    };
    ASSERT_THAT(
        command(R"({"command":"tenant.add","name":"Contoso","id":")" + std::string(kIssuerTenant) + "\"}"),
        StartsWith("HTTP/1.1 200 "));
    ASSERT_THAT(command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana","id":")" +
                        std::string(kIssuerUser) + "\"}"),
                StartsWith("HTTP/1.1 200 "));
    // The application of own().
    ASSERT_THAT(command(R"({"command":"app.add","name":"Own","id":")" + std::string(kIssuerUser) + "\"}"),
                StartsWith("HTTP/1.1 200 "));
  }
  std::string get(const std::string& target, const std::string& token,
                  const std::string& host = "localhost") {
    return ask(server_->urls().front(), "GET", target, token, "", host);
  }
  // A user's token from the provider, valid for a week.
  std::string person(const identity::SigningKey& key, const std::string& email = "Ana@Contoso.com") const {
    const auto exp = std::to_string(kIssuedAt.time_since_epoch() / std::chrono::seconds(1) + 7 * 86'400);
    return key.sign(R"({"iss":")" + iss() +
                    R"(","aud":"porchlight","azp":"board","scope":"Presence.Read","email":")" + email +
                    R"(","exp":)" + exp + "}");
  }
  // A token of the server's own, for an audience.
  std::string own(const std::string& role, const std::string& audience) const {
    return identity::SigningKey::load(node::DataFolder::open(temp_ / "data")->signing_key())
        ->mint({.tenant = *parse_guid(kIssuerTenant),
                .app = *parse_guid(kIssuerUser),
                .user = {},
                .scopes = {},
                .roles = {role},
                .audience = audience,
                .life = std::chrono::hours(24 * 7)},
               node::kIssuer, kIssuedAt);
  }
  void advance(const std::string& step) {
    ASSERT_THAT(ask(server_->urls().front(), "POST", "/porchlight/v1/clock",
                    own("Porchlight.Admin", std::string(node::kAudience)), R"({"advance":")" + step + "\"}"),
                StartsWith("HTTP/1.1 200 "));
  }
  int status(const std::string& token) { return std::stoi(get("/v1.0/me/presence", token).substr(9, 3)); }
  bool await_status(const std::string& token, int wanted) {
    return await([&] { return status(token) == wanted; });
  }

  TempFolder temp_;
  node::Config config_;
  std::unique_ptr<FakeProvider> provider_;
  std::unique_ptr<Server> server_;
  const identity::SigningKey &first_ = made_once(0), &second_ = made_once(1);
};

TEST_F(IssuersTest, FindsTheUserByName) {
  start();
  populate();
  ASSERT_TRUE(await_status(person(first_), 200));
  EXPECT_THAT(get("/v1.0/me/presence", person(first_)), HasSubstr(kIssuerUser));
  EXPECT_EQ(status(person(first_, "zoe@contoso.com")), 401);
  EXPECT_EQ(status(person(second_)), 401);
}

TEST_F(IssuersTest, KeysAreFetchedChangeAreKeptAndExpire) {
  provider_->set_down(true);
  start();
  populate();
  EXPECT_EQ(status(person(first_)), 401) << "no keys yet, and the request did not wait for them";
  provider_->set_down(false);
  advance("PT10M");
  ASSERT_TRUE(await_status(person(first_), 200));
  // An unknown key causes a fetch. A key that is no longer published is not accepted, and neither are cached tokens
  // that it signed.
  publish(second_);
  advance("PT5M");
  EXPECT_TRUE(await_status(person(second_), 200));
  EXPECT_EQ(status(person(first_)), 401);
  // The provider is down, also over a restart.
  provider_->set_down(true);
  advance("PT1H");
  EXPECT_EQ(status(person(second_)), 200);
  server_.reset();
  start(kIssuedAt + std::chrono::hours(3));
  EXPECT_EQ(status(person(second_)), 200);
  advance("PT23H");
  EXPECT_TRUE(await_status(person(second_), 401));
}

TEST_F(IssuersTest, AdministratorsSeeTheKeys) {
  start();
  populate();
  ASSERT_TRUE(await_status(person(first_), 200));
  const std::string listed =
      ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", R"({"command":"issuer.list"})");
  EXPECT_THAT(listed, AllOf(HasSubstr(R"("issuer":")" + iss()), HasSubstr(provider_->url("/config")),
                            HasSubstr(R"("keys":[")" + first_.public_key().kid + "\"]"),
                            HasSubstr(R"("lastFetch":")"), Not(HasSubstr("lastFault"))));
}

// A provider that does not answer delays no request.
TEST_F(IssuersTest, RequestsDoNotWaitForTheProvider) {
  provider_->set_pace(FakeProvider::Pace::kNever);
  start();
  populate();
  ASSERT_TRUE(provider_->await_asked("/config", 1));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(status(person(first_)), 401);
  EXPECT_THAT(get("/v1.0/users/" + std::string(kIssuerUser) + "/presence",
                  own("Presence.Read.All", std::string(node::kAudience))),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
}

class CloudTest : public IssuersTest {
 protected:
  void serve(std::vector<identity::Cloud> clouds) {
    config_.clouds = std::move(clouds);
    config_.issuers.clear();
    config_.authority = true;
    start();
    populate();
  }
  std::string presence(const std::string& audience, const std::string& host = "localhost") {
    return get("/v1.0/users/" + std::string(kIssuerUser) + "/presence", own("Presence.Read.All", audience),
               host);
  }
};

TEST_F(CloudTest, UsesTheNamesOfTheCloud) {
  serve({identity::Cloud::kUsGov});
  EXPECT_THAT(presence("https://graph.microsoft.us"),
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr(R"("@odata.context":"https://graph.microsoft.us/v1.0/$metadata#)")));
  EXPECT_THAT(presence(std::string(node::kAudience)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(
      presence("https://graph.microsoft.com"),
      AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr("Invalid audience."),
            HasSubstr(R"(authorization_uri="https://login.microsoftonline.us/common/oauth2/authorize")")));
  EXPECT_THAT(get("/contoso/v2.0/.well-known/openid-configuration", ""),
              AllOf(HasSubstr(R"("issuer":"https://login.microsoftonline.us/)" + std::string(kIssuerTenant) +
                              R"(/v2.0")"),
                    HasSubstr("https://login.microsoftonline.us/" + std::string(kIssuerTenant) +
                              "/oauth2/v2.0/token"),
                    Not(HasSubstr("localhost"))));
}

TEST_F(CloudTest, ServesSeveralCloudsByHost) {
  serve({identity::Cloud::kChina, identity::Cloud::kGlobal});
  constexpr const char* kChina = "https://microsoftgraph.chinacloudapi.cn";
  EXPECT_THAT(presence(kChina), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(kChina)));
  EXPECT_THAT(presence("https://graph.microsoft.com/", "graph.microsoft.com"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("https://graph.microsoft.com/v1.0/$metadata#")));
  // A token for one cloud is not accepted for the other, cached or not.
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(presence(kChina, "graph.microsoft.com"), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(presence("https://graph.microsoft.com"), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(presence("https://graph.microsoft.com", "graph.microsoft.com"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(CloudTest, AcceptsTokensWithTheCloudsIssuer) {
  const std::string iss = "https://login.microsoftonline.us/" + std::string(kIssuerTenant) + "/v2.0";
  serve({identity::Cloud::kUsGovDod});
  const auto key = *identity::SigningKey::load(node::DataFolder::open(temp_ / "data")->signing_key());
  const identity::TokenRequest request{.tenant = *parse_guid(kIssuerTenant),
                                       .app = *parse_guid(kIssuerUser),
                                       .user = {},
                                       .scopes = {},
                                       .roles = {"Presence.Read.All"},
                                       .audience = std::string(node::kAudience),
                                       .life = std::chrono::hours(1)};
  const std::string target = "/v1.0/users/" + std::string(kIssuerUser) + "/presence";
  EXPECT_THAT(get(target, key.mint(request, iss, kIssuedAt)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(
      get(target, key.mint(request, "https://login.chinacloudapi.cn/" + std::string(kIssuerTenant) + "/v2.0",
                           kIssuedAt)),
      StartsWith("HTTP/1.1 401 "));
}

}  // namespace
}  // namespace porchlight::server
