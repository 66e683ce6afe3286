// serve --demo: what it refuses, the entry without a password, and that the users change by themselves.
#include <gmock/gmock.h>

#include <thread>

#include "admin/demo.h"
#include "program.h"
#include "server/demo_entry.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kDemoAna = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";
constexpr std::string_view kDemoBen = "66825e03-7ef5-42da-9069-724602c31f6b";

std::string entry_body(std::string_view user, std::string_view application) {
  return R"({"user":")" + std::string(user) + R"(","application":")" + std::string(application) + "\"}";
}

TEST(DemoEntryRequest, IsAUserAndAnApplication) {
  const auto board = parse_demo_entry(entry_body(kDemoAna, "board"));
  ASSERT_TRUE(board);
  EXPECT_EQ(board->user, parse_guid(kDemoAna));
  EXPECT_EQ(board->application, admin::WebApplication::kBoard);
  EXPECT_EQ(parse_demo_entry(entry_body(kDemoAna, "console"))->application, admin::WebApplication::kConsole);
  const std::string good = entry_body(kDemoAna, "board");
  const std::string bad[] = {"",
                             "{}",
                             "[]",
                             "null",
                             good + "x",
                             entry_body("ana@contoso.com", "board"),
                             entry_body(kDemoAna, "wall"),
                             entry_body(kDemoAna, "Board"),
                             R"({"user":1,"application":"board"})",
                             R"({"user":")" + std::string(kDemoAna) + "\"}",
                             good.substr(0, good.size() - 1) + R"(,"role":"x"})",
                             good.substr(0, good.size() - 1) + R"(,"application":"console"})"};
  for (const std::string& body : bad) EXPECT_FALSE(parse_demo_entry(body)) << body;
}

TEST(DemoEntryRequest, HasABoundedSize) {
  const std::string good = entry_body(kDemoAna, "board");
  EXPECT_TRUE(parse_demo_entry(good + std::string(kDemoEntryBytesMax - good.size(), ' ')));
  EXPECT_FALSE(parse_demo_entry(good + std::string(kDemoEntryBytesMax + 1 - good.size(), ' ')));
}

class DemoServer : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    const auto folder = node::DataFolder::create(temp_ / "data");
    ASSERT_TRUE(folder);
    const SystemClock clock;
    auto node = node::Node::open(*folder, config_, clock, node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    ASSERT_TRUE(admin::make_demo(**node, temp_ / "data"));
  }
  void TearDown() override { server_.reset(); }

  // The error; empty if the server has started.
  std::string start(bool demo, std::optional<Time> manual = std::nullopt) {
    auto server =
        Server::start(config_, *node::DataFolder::open(temp_ / "data"), manual, ServerHooks{.demo = demo});
    if (!server) return server.error();
    server_ = *std::move(server);
    return {};
  }
  std::string enter(const std::string& body, const std::string& method = "POST") {
    return ask(server_->urls().front(), method, "/porchlight/v1/web/demo", "", body);
  }
  std::string token(std::string_view user, std::string_view application) {
    return between(enter(entry_body(user, application)), R"("access_token":")", "\"");
  }
  std::string get(const std::string& target, const std::string& token) {
    return ask(server_->urls().front(), "GET", target, token);
  }

  TempFolder temp_;
  node::Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(DemoServer, IsEnteredWithoutAPassword) {
  ASSERT_EQ(start(true), "");
  const std::string answer = enter(entry_body(kDemoBen, "board"));
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Cache-Control: no-store\r\n"),
                            HasSubstr(R"("expires_in":3600)"), Not(HasSubstr("Access-Control"))));
  const std::string ben = token(kDemoBen, "board");
  EXPECT_THAT(get("/v1.0/me/presence", ben), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Presenting")));
  EXPECT_THAT(get("/v1.0/groups", ben), AllOf(HasSubstr("Support"), HasSubstr("Sales")));
  EXPECT_THAT(get("/porchlight/v1/admin/tenants", ben), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(get("/porchlight/v1/admin/tenants", token(kDemoBen, "console")), StartsWith("HTTP/1.1 403 "))
      << "Ben administers nothing";
  EXPECT_THAT(get("/porchlight/v1/admin/tenants", token(kDemoAna, "console")),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("operator":true)")));
}

TEST_F(DemoServer, RefusesOtherEntries) {
  ASSERT_EQ(start(true), "");
  EXPECT_THAT(enter(entry_body("00000000-0000-4000-8000-000000000001", "board")),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(enter("{}"), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("BadRequest")));
  EXPECT_THAT(enter(std::string(100'000, ' ')), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(enter("", "GET"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST\r\n")));
}

TEST_F(DemoServer, HasNoEntryUnlessItIsServedAsADemo) {
  ASSERT_EQ(start(false), "");
  EXPECT_THAT(enter(entry_body(kDemoAna, "board")),
              AllOf(StartsWith("HTTP/1.1 404 "), Not(HasSubstr("access_token"))));
}

TEST_F(DemoServer, ATokenIsValidForAnHour) {
  const Time begin{std::chrono::sys_days(std::chrono::January / 7 / 2030)};
  ASSERT_EQ(start(true, begin), "");
  const std::string ana = token(kDemoAna, "board");
  const std::string other =
      between(ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin",
                         R"({"command":"token","app":"Demo writer","expires_ms":86400000})"),
              R"("token":")", "\"");
  const auto advance = [&](const std::string& by) {
    return ask(server_->urls().front(), "POST", "/porchlight/v1/clock", other,
               R"({"advance":")" + by + "\"}");
  };
  EXPECT_THAT(advance("PT59M59S"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/v1.0/me/presence", ana), StartsWith("HTTP/1.1 200 "));
  advance("PT5M1S");  // with what clocks may differ
  EXPECT_THAT(get("/v1.0/me/presence", ana), StartsWith("HTTP/1.1 401 "));
}

// The first step of the script, which happens at the start, ends the call of Dev. tests/admin/demo_script_test.cc has
// the others.
TEST_F(DemoServer, ItsUsersChangeByThemselves) {
  ASSERT_EQ(start(true), "");
  const std::string ana = token(kDemoAna, "board");
  const auto dev = [&] { return get("/v1.0/users/dev@contoso.com/presence", ana); };
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);  // reached only if the test fails
  while (dev().contains("InACall") && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_THAT(dev(), HasSubstr(R"("activity":"Available")"));
}

TEST_F(DemoServer, AManualClockPlaysNothing) {
  const Time begin{std::chrono::sys_days(std::chrono::January / 7 / 2030)};
  ASSERT_EQ(start(true, begin), "");
  const std::string ana = token(kDemoAna, "board");
  EXPECT_THAT(get("/v1.0/users/dev@contoso.com/presence", ana), HasSubstr("InACall"));
}

TEST_F(DemoServer, ServesLoopbackAddressesOnly) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "example.com:80", "126.255.255.255:0",
                              "128.0.0.1:0 proxy_protocol"}) {
    config_.listen = {"127.0.0.1:0", address};
    EXPECT_THAT(start(true), HasSubstr("must be a loopback address")) << address;
  }
  config_.listen = {"127.0.0.1:0"};
  config_.tls_listen = {"0.0.0.0:0"};
  EXPECT_THAT(start(true), HasSubstr("0.0.0.0:0 must be a loopback address"));
  config_.tls_listen = {};
  config_.listen = {"127.255.255.254:0", "localhost:0"};
  EXPECT_EQ(start(true), "");
}

TEST_F(DemoServer, TheProgramRefusesAddressesThatOthersReach) {
  const Ran ran = run_program({"serve", "--demo", "--listen", "0.0.0.0:0", "--data", temp_ / "data"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("porchlight: --demo lets anyone who can connect act as a user of the demo: "
                                 "0.0.0.0:0 must be a loopback address"));
}

TEST(DemoFault, AFolderWithoutTheDemoIsNotServed) {
  TempFolder temp;
  node::Config config;
  config.listen = {"127.0.0.1:0"};
  ASSERT_TRUE(node::DataFolder::create(temp / "data"));
  const auto server =
      Server::start(config, *node::DataFolder::open(temp / "data"), std::nullopt, ServerHooks{.demo = true});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("init --demo"));
}

}  // namespace
}  // namespace porchlight::server
