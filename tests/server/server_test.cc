// A whole server in this process: its listeners, health checks and stop.
#include "server/server.h"
#include "server/front_page.h"

#include <gmock/gmock.h>

#include "admin/demo.h"
#include "node/node.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kServedUser = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 2;
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
  }
  void start() {
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  std::string get(const std::string& target, const std::string& token = "") {
    return ask(server_->urls().front(), "GET", target, token);
  }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  std::string token(const std::string& rest) {
    const std::string answer = command(R"({"command":"token",)" + rest + "}");
    const auto begin = answer.find("\"token\":\"") + 9;
    return answer.substr(begin, answer.find('"', begin) - begin);
  }
  void make_demo_data() {
    const SystemClock clock;
    auto node =
        node::Node::open(*node::DataFolder::open(temp_ / "data"), config_, clock, node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    ASSERT_TRUE(admin::make_demo(**node, temp_ / "data"));
  }

  TempFolder temp_;
  node::Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersHealthChecks) {
  start();
  EXPECT_THAT(server_->urls().front(), StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(server_->urls().front(), "DELETE", "/healthz"),
              testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD")));
}

// A browser gets a page whose links resolve without a token; a program gets what the API says of an unknown path.
TEST_F(ServerTest, ShowsBrowsersAPage) {
  start();
  EXPECT_THAT(get("/"), testing::AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("the segment ''")));
  const std::string page = post_form(server_->urls().front(), "/", "", "Accept: text/html\r\n");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 400 ")) << "not for POST";
  http::Response shown;
  write_front_page({}, shown);
  std::size_t links = 0;
  for (std::size_t at = 0; (at = shown.body.find("href=\"", at)) != std::string::npos; ++links) {
    at += 6;
    const std::string target = shown.body.substr(at, shown.body.find('"', at) - at);
    EXPECT_THAT(get(target), StartsWith("HTTP/1.1 200 ")) << target;
  }
  EXPECT_EQ(links, 5u);
}

// Without a token: the one tenant, or the one that is named, with the zone of its clock.
TEST_F(ServerTest, SaysWhatAPageMustKnow) {
  start();
  command(R"({"command":"tenant.add","name":"Contoso"})");
  command(R"({"command":"tenant.set","tenant":"Contoso","zone":"Europe/Berlin"})");
  const auto contoso = testing::AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("clock":"system","now":"20)"),
                                      HasSubstr(R"("name":"Contoso","zone":"Europe/Berlin"})"),
                                      HasSubstr(R"("enabled":false)"));
  EXPECT_THAT(get("/porchlight/v1/web"), contoso);
  command(R"({"command":"tenant.add","name":"Fabrikam"})");
  EXPECT_THAT(get("/porchlight/v1/web"), HasSubstr(R"("tenant":null)"));
  EXPECT_THAT(get("/porchlight/v1/web?tenant=Contoso"), contoso);
  EXPECT_THAT(get("/porchlight/v1/web?tenant=Nowhere"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ServerTest, AcceptsCommandsOnlyOnItsSocket) {
  start();
  EXPECT_THAT(command(R"({"command":"tenant.add","name":"Contoso"})"),
              testing::AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\"displayName\":\"Contoso\"")));
  EXPECT_THAT(command(R"({"command":"user.list","tenant":"None"})"),
              testing::AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("{\"error\":\"there is no tenant")));
  EXPECT_THAT(ask_socket(temp_ / "data" / "admin.sock", "POST", "/v1.0/me/presence", "{}"),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask(server_->urls().front(), "POST", "/admin", "", R"({"command":"tenant.list"})"),
              testing::Not(HasSubstr("Contoso")));
  const auto mode = std::filesystem::status(temp_ / "data" / "admin.sock").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ServerTest, ServesPresenceForAMintedToken) {
  make_demo_data();
  start();
  const std::string me = token(R"("app":"Demo reader","user":")" + std::string(kServedUser) + "\"");
  EXPECT_THAT(get("/v1.0/me/presence", me),
              testing::AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(kServedUser),
                             HasSubstr("\"availability\":\"Available\"")));
  EXPECT_THAT(get("/v1.0/me/presence"), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ServerTest, KeepsPresenceOverARestart) {
  make_demo_data();
  start();
  const std::string body =
      R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"DoNotDisturb",)"
      R"("activity":"Presenting","expirationDuration":"PT1H"})";
  const std::string target = std::string("/v1.0/users/") + kServedUser;
  EXPECT_THAT(ask(server_->urls().front(), "POST", target + "/presence/setPresence",
                  token(R"("app":"Demo writer")"), body),
              StartsWith("HTTP/1.1 200 "));
  server_.reset();
  start();
  EXPECT_THAT(get(target + "/presence", token(R"("app":"Demo reader")")), HasSubstr("Presenting"));
}

TEST_F(ServerTest, RemovesItsSocketWhenItStops) {
  start();
  const std::string url = server_->urls().front();
  server_->stop();
  EXPECT_EQ(ask(url, "GET", "/healthz"), "");
  EXPECT_FALSE(std::filesystem::exists(temp_ / "data" / "admin.sock"));
  server_.reset();
  start();
}

TEST_F(ServerTest, RefusesAFolderThatIsInUse) {
  start();
  const auto second = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("in use"));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, RefusesAnUnusableAddress) {
  config_.listen = {"192.0.2.1:80"};
  const auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("192.0.2.1:80"));
}

TEST_F(ServerTest, ListenersMayHaveTheProxyProtocol) {
  config_.listen = {"127.0.0.1:0", "127.0.0.1:0 proxy_protocol"};
  config_.tls_listen = {"127.0.0.1:0 proxy_protocol"};
  config_.trusted_proxies = {*IpRange::parse("127.0.0.1/32")};
  start();
  const std::string header = "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n";
  ASSERT_EQ(server_->urls().size(), 3u);
  EXPECT_THAT(server_->urls()[1], testing::MatchesRegex("http://127.0.0.1:[0-9]+"));
  EXPECT_THAT(server_->urls()[2], testing::MatchesRegex("https://127.0.0.1:[0-9]+"));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(ask(server_->urls()[1], "GET", "/healthz"), "") << "a header is needed";
  // The method is the first word of what is sent.
  EXPECT_THAT(ask(server_->urls()[1], header + "GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(server_->urls()[0], header + "GET", "/healthz"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, CreatesACertificateIfNoneIsConfigured) {
  config_.tls_listen = {"127.0.0.1:0"};
  start();
  EXPECT_TRUE(std::filesystem::exists(server_->self_made_ca()));
  EXPECT_THAT(server_->urls().back(), StartsWith("https://127.0.0.1:"));
}

}  // namespace
}  // namespace porchlight::server
