// Signing in at a whole server: the endpoints, the commands for registrations, and what a restart keeps.
#include <gmock/gmock.h>

#include "base/base64url.h"
#include "node/node.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPassword = "correct horse";

class AuthorityTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    config_.authority = true;
    config_.password_grant = true;
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    start();
    command(R"({"command":"tenant.add","name":"Contoso"})");
    command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana"})");
    command(
        R"({"command":"app.add","name":"Sync","scopes":["Presence.Read"],"roles":["Presence.Read.All"]})");
    command(R"({"command":"app.add","name":"Phone","scopes":["Presence.Read"]})");
    command(R"({"command":"app.register","app":"Phone","public":true,"redirects":["http://localhost"]})");
    command(R"({"command":"user.password","user":"ana@contoso.com","password":")" + std::string(kPassword) +
            "\"}");
  }
  void start() {
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), manual_start_);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  void restart() {
    server_.reset();
    start();
  }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  std::string id_of(const std::string& app) {
    return member(command(R"({"command":"app.show","app":")" + app + "\"}"), "appId");
  }
  std::string get(const std::string& target, const std::string& token = "") {
    return ask(server_->urls().front(), "GET", target, token);
  }
  std::string post(const std::string& target, const std::string& form) {
    return post_form(server_->urls().front(), target, form);
  }
  std::string token(const std::string& form) { return post("/contoso/oauth2/v2.0/token", form); }
  std::string by_secret(const std::string& secret) {
    return token("grant_type=client_credentials&scope=.default&client_id=" + id_of("Sync") +
                 "&client_secret=" + secret);
  }
  std::string by_password(const std::string& password) {
    return token(
        "grant_type=password&scope=Presence.Read+offline_access&username=ana%40contoso.com&password=" +
        password + "&client_id=" + id_of("Phone"));
  }
  std::string by_refresh(const std::string& refresh) {
    return token("grant_type=refresh_token&refresh_token=" + refresh + "&client_id=" + id_of("Phone"));
  }

  TempFolder temp_;
  node::Config config_;
  std::optional<Time> manual_start_;  // absent: the system clock
  std::unique_ptr<Server> server_;
};

TEST_F(AuthorityTest, ApplicationSignsInAndReads) {
  const std::string secret = member(command(R"({"command":"app.secret-add","app":"Sync"})"), "secret");
  ASSERT_EQ(secret.size(), 43U);
  const std::string access = member(by_secret(secret), "access_token");
  ASSERT_NE(access, "");
  EXPECT_THAT(get("/v1.0/users/ana@contoso.com/presence", access), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/v1.0/me/presence", access), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(by_secret("wrong"), HasSubstr("\"invalid_client\""));
  // Keys and secrets are kept over a restart, so the token stays valid.
  restart();
  EXPECT_THAT(get("/v1.0/users/ana@contoso.com/presence", access), StartsWith("HTTP/1.1 200 "));
  EXPECT_NE(member(by_secret(secret), "access_token"), "");
  // Later commands do not print the secret.
  EXPECT_THAT(command(R"({"command":"app.registration","app":"Sync"})"), Not(HasSubstr(secret)));
}

TEST_F(AuthorityTest, UserSignsInAndRefreshTokenSurvivesARestart) {
  const std::string answer = by_password("correct+horse");
  EXPECT_THAT(get("/v1.0/me/presence", member(answer, "access_token")), StartsWith("HTTP/1.1 200 "));
  const std::string first = member(answer, "refresh_token");
  ASSERT_NE(first, "");
  restart();
  const std::string second = member(by_refresh(first), "refresh_token");
  ASSERT_NE(second, "");
  restart();
  EXPECT_THAT(by_refresh(first), HasSubstr("\"invalid_grant\""));
  EXPECT_THAT(by_refresh(second), HasSubstr("\"invalid_grant\""));  // its family was revoked
  EXPECT_THAT(by_password("wrong"), HasSubstr("50126"));
}

TEST_F(AuthorityTest, SmallDevicesSendNoContentTypeOverHttp10) {
  const std::string phone = id_of("Phone");
  const auto bare = [&](const std::string& target, const std::string& form) {
    return post_bare_form(server_->urls().front(), "/contoso/oauth2/" + target, form);
  };
  for (const auto& [version, wanted] : {std::pair("v2.0/", "scope=Presence.Read%20offline_access"),
                                        std::pair("", "resource=https://graph.microsoft.com")}) {
    const std::string folder = version;
    const std::string started = bare(folder + "devicecode", "client_id=" + phone + "&" + wanted);
    EXPECT_THAT(started, StartsWith("HTTP/1.1 200 ")) << folder;
    const std::string poll = bare(folder + "token", "grant_type=device_code&client_id=" + phone +
                                                        "&code=" + member(started, "device_code"));
    EXPECT_THAT(poll, HasSubstr("\"authorization_pending\"")) << folder;
    const std::string tokens =
        bare(folder + "token", std::string("grant_type=password&username=ana%40contoso.com&") + wanted +
                                   "&password=correct+horse&client_id=" + phone);
    EXPECT_THAT(get("/v1.0/me/presence", member(tokens, "access_token")), StartsWith("HTTP/1.1 200 "));
    const std::string renewed =
        bare(folder + "token", "grant_type=refresh_token&client_id=" + phone +
                                   "&refresh_token=" + member(tokens, "refresh_token"));
    EXPECT_NE(member(renewed, "access_token"), "") << renewed;
  }
}

// An administrator's commands are enough: no user visits a page.
TEST_F(AuthorityTest, OnBehalfOfWithoutABrowser) {
  command(R"({"command":"app.add","name":"Middle tier","scopes":["Presence.Read"]})");
  command(R"({"command":"app.register","app":"Middle tier","exposed":["access"]})");
  const std::string middle = id_of("Middle tier");
  const std::string secret = member(command(R"({"command":"app.secret-add","app":"Middle tier"})"), "secret");
  const std::string sign_in =
      "grant_type=password&username=ana%40contoso.com&password=correct+horse&client_id=" + id_of("Phone") +
      "&scope=api%3A%2F%2F" + middle + "%2Faccess";
  EXPECT_THAT(token(sign_in), HasSubstr("AADSTS65001"));
  EXPECT_THAT(command(R"({"command":"app.register","app":"Middle tier","preauthorized":["Phone"]})"),
              HasSubstr("\"preauthorized\":[\"" + id_of("Phone") + "\"]"));
  const std::string for_middle = member(token(sign_in), "access_token");
  ASSERT_NE(for_middle, "");
  const std::string behalf = member(
      token(
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&requested_token_use=on_behalf_of"
          "&scope=Presence.Read&client_id=" +
          middle + "&client_secret=" + secret + "&assertion=" + for_middle),
      "access_token");
  EXPECT_THAT(get("/v1.0/me/presence", behalf), StartsWith("HTTP/1.1 200 "));
  // A later application with the id of a removed one is not preauthorized.
  const std::string phone = id_of("Phone");
  command(R"({"command":"app.remove","app":"Phone"})");
  command(R"({"command":"app.add","name":"Phone","id":")" + phone + "\"}");
  command(R"({"command":"app.register","app":"Phone","public":true})");
  EXPECT_THAT(token(sign_in), HasSubstr("AADSTS65001"));
}

TEST_F(AuthorityTest, RemovingDeletesCredentials) {
  const std::string app = id_of("Sync");
  const std::string secret = member(command(R"({"command":"app.secret-add","app":"Sync"})"), "secret");
  command(R"({"command":"app.remove","app":"Sync"})");
  command(R"({"command":"app.add","name":"Sync","id":")" + app + "\"}");
  EXPECT_THAT(by_secret(secret), HasSubstr("7000215"));
  const std::string ana = member(command(R"({"command":"user.show","user":"ana@contoso.com"})"), "id");
  command(R"({"command":"user.remove","user":"ana@contoso.com"})");
  command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana","id":")" + ana + "\"}");
  EXPECT_THAT(by_password("correct+horse"), HasSubstr("50126"));
}

TEST_F(AuthorityTest, KeysRotateWithoutARestart) {
  manual_start_ = SystemClock().wall();
  restart();
  command(R"({"command":"app.add","name":"Time","roles":["Porchlight.Admin"]})");
  const std::string sync = member(command(R"({"command":"app.secret-add","app":"Sync"})"), "secret");
  const std::string admin =
      "grant_type=client_credentials&scope=.default&client_id=" + id_of("Time") +
      "&client_secret=" + member(command(R"({"command":"app.secret-add","app":"Time"})"), "secret");
  const auto advance = [&](const std::string& step) {
    const std::string access = member(token(admin), "access_token");
    EXPECT_THAT(ask(server_->urls().front(), "POST", "/porchlight/v1/clock", access,
                    R"({"advance":")" + step + "\"}"),
                StartsWith("HTTP/1.1 200 "));
  };
  const auto status = [&](const std::string& access) {
    return get("/v1.0/users/ana@contoso.com/presence", access).substr(9, 3);
  };
  const auto kid = [](const std::string& access) {
    return member(decode_base64url(access.substr(0, access.find('.'))).value(), "kid");
  };
  const auto published = [&] { return get("/contoso/discovery/v2.0/keys"); };
  const auto fresh = [&] { return member(by_secret(sync), "access_token"); };

  const std::string first = kid(fresh());
  advance("P29DT23H59M");
  const std::string last_of_first = fresh();
  EXPECT_EQ(kid(last_of_first), first);
  advance("PT2M");
  const std::string of_second = fresh();
  EXPECT_NE(kid(of_second), first);
  const std::string overlap = published();
  for (const std::string& access : {last_of_first, of_second}) {
    EXPECT_EQ(status(access), "200");
    EXPECT_THAT(overlap, HasSubstr(kid(access)));
  }
  advance("P1DT1H");
  EXPECT_THAT(published(), testing::AllOf(Not(HasSubstr(first)), HasSubstr(kid(of_second))));
  advance("P29D");
  // The third key was created while the server ran, and published a month before it signed.
  const std::string of_third = fresh();
  EXPECT_NE(kid(of_third), kid(of_second));
  EXPECT_THAT(overlap, HasSubstr(kid(of_third)));
  EXPECT_EQ(status(of_third), "200");
}

TEST_F(AuthorityTest, EndpointsExistOnlyIfTheAuthorityIsOn) {
  EXPECT_THAT(get("/contoso/v2.0/.well-known/openid-configuration"),
              testing::AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\"issuer\":\"http://localhost/")));
  EXPECT_THAT(get("/common/oauth2/v2.0/deviceauth"), HasSubstr("<h1>Enter code</h1>"));
  EXPECT_THAT(get("/v1.0/me/presence"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(token(std::string(authority::kBodyBytesMax, 'x')), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(token(std::string(authority::kBodyBytesMax + 1, 'x')), StartsWith("HTTP/1.1 413 "));
  config_.authority = false;
  restart();
  EXPECT_THAT(get("/contoso/v2.0/.well-known/openid-configuration"), Not(StartsWith("HTTP/1.1 200 ")));
}

TEST_F(AuthorityTest, ServesOnlyItsOwnNames) {
  const auto issuer_at = [&](const std::string& host) {
    const std::string answer =
        ask(server_->urls().front(), "GET", "/contoso/v2.0/.well-known/openid-configuration", "", "", host);
    const std::string issuer = member(answer, "issuer");
    return answer.substr(9, 3) + " " + issuer.substr(0, issuer.rfind('/', issuer.rfind('/') - 1));
  };
  EXPECT_EQ(issuer_at("localhost:8080"), "200 http://localhost:8080");
  EXPECT_EQ(issuer_at("127.0.0.1"), "200 http://127.0.0.1");
  EXPECT_EQ(issuer_at("[::1]:80"), "200 http://[::1]:80");
  EXPECT_EQ(issuer_at("evil.example"), "421 ");
  config_.public_base_url = "https://porch.example";
  restart();
  for (const char* own : {"porch.example", "Porch.example:443", "localhost"})
    EXPECT_EQ(issuer_at(own), "200 https://porch.example") << own;
  EXPECT_EQ(issuer_at("evil.example"), "421 ");
}

TEST_F(AuthorityTest, NoPathServesAnotherHost) {
  struct Row {
    const char* method;
    const char* path;
    int own, other;  // statuses
  };
  const Row rows[] = {{"GET", "/", 400, 421},
                      {"GET", "/v1.0/me/presence", 401, 421},
                      {"POST", "/v1.0/$batch", 401, 421},
                      {"OPTIONS", "/v1.0/me/presence", 204, 421},
                      {"GET", "/porchlight/v1/stream?tenant", 401, 421},
                      {"GET", "/scim/v2/Users", 400, 421},
                      {"GET", "/unknown", 400, 421},
                      {"GET", "/healthz", 200, 200},  // probes use addresses
                      {"GET", "/readyz", 200, 200}};
  const auto status = [&](const Row& row, const char* host) {
    return std::stoi(ask(server_->urls().front(), row.method, row.path, "", "", host).substr(9, 3));
  };
  for (const Row& row : rows) {
    EXPECT_EQ(status(row, "localhost"), row.own) << row.method << row.path;
    EXPECT_EQ(status(row, "evil.example"), row.other) << row.method << row.path;
  }
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/v1.0/me/presence", "", "", "evil.example"),
              HasSubstr(R"("code":"MisdirectedRequest")"));
  config_.authority = false;
  restart();
  for (const Row& row : rows) EXPECT_EQ(status(row, "evil.example"), row.own) << row.method << row.path;
}

// The role comes from the directory, and counts at once.
TEST_F(AuthorityTest, AdministratorsNeedASecondFactorIfSet) {
  config_.second_factor = authority::SecondFactorPolicy::kAdministrators;
  restart();
  const auto sign_in = [this] {
    return token("grant_type=password&scope=Presence.Read&client_id=" + id_of("Phone") +
                 "&username=ana%40contoso.com&password=correct+horse");
  };
  EXPECT_THAT(sign_in(), HasSubstr("access_token"));
  command(R"({"command":"admin.grant","user":"ana@contoso.com"})");
  EXPECT_THAT(sign_in(), HasSubstr("AADSTS50079"));
  command(R"({"command":"admin.revoke","user":"ana@contoso.com"})");
  EXPECT_THAT(sign_in(), HasSubstr("access_token"));
}

TEST_F(AuthorityTest, CommandErrorsSayWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"command":"app.register","app":"Nobody"})", "no application"},
      {R"({"command":"app.register","app":"Sync","redirects":["http://evil.example/"]})", "must be https"},
      {R"({"command":"app.register","app":"Sync","requested":["Presence.Fly"]})",
       "is not a delegated permission"},
      {R"({"command":"app.register","app":"Sync","exposed":["a b"]})", "is not a scope's name"},
      {R"({"command":"app.register","app":"Sync","redirects":"x"})", "redirects must be"},
      {R"({"command":"app.register","app":"Sync","preauthorized":["Nobody"]})", "no application"},
      {R"({"command":"app.secret-add","app":"Phone"})", "keeps no secret"},
      {R"({"command":"app.secret-remove","app":"Sync","secret":"x"})", "by its id"},
      {R"({"command":"app.certificate-add","app":"Sync","certificate":"x"})", "cannot be taken"},
      {R"({"command":"app.certificate-remove","app":"Sync","certificate":"x"})", "no such certificate"},
      {R"({"command":"user.password","user":"ana@contoso.com","password":"short"})",
       "is shorter than 8 bytes"},
      {R"({"command":"user.password","user":"ana@contoso.com","password":"password"})",
       "the password is easy to guess: it is based on a dictionary word"},
      {R"({"command":"user.password","user":"nobody@contoso.com","password":"correct horse"})",
       "nobody@contoso.com"}};
  for (const auto& [text, why] : rows)
    EXPECT_THAT(command(text), testing::AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr(why))) << text;
  for (int i = 0; i < 20; ++i)
    ASSERT_THAT(command(R"({"command":"app.secret-add","app":"Sync"})"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(command(R"({"command":"app.secret-add","app":"Sync"})"), HasSubstr("at most 20 secrets"));
}

}  // namespace
}  // namespace porchlight::server
