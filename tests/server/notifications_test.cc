// Change notifications of a whole server, over sockets, to a receiver on loopback.
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <future>
#include <thread>

#include "admin/demo.h"
#include "base/time_text.h"
#include "server/notifier.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"
#include "webhook/receiver.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kMe = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

class NotificationsTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 2;
    config_.webhooks.policy = {.ports = {receiver_.port()}, .allowed = {*IpRange::parse("127.0.0.0/8")}};
    config_.webhooks.ca_file = receiver_.ca_file();
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    const SystemClock clock;
    auto node =
        node::Node::open(*node::DataFolder::open(temp_ / "data"), config_, clock, node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    ASSERT_TRUE(admin::make_demo(**node, temp_ / "data"));
  }
  void start() {
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  std::string token(const std::string& rest) {
    const std::string answer = command(R"({"command":"token","expires":"1h",)" + rest + "}");
    const auto begin = answer.find("\"token\":\"") + 9;
    return answer.substr(begin, answer.find('"', begin) - begin);
  }
  std::string reader() { return token(R"("app":"Demo reader","user":")" + std::string(kMe) + "\""); }
  std::string url_of(const std::string& path) const {
    return "https://localhost:" + std::to_string(receiver_.port()) + path;
  }
  std::string subscribe(const std::string& path) {
    std::string expiry;
    append_date_time(expiry, SystemClock().wall() + std::chrono::minutes(59));
    return ask(server_->urls().front(), "POST", "/v1.0/subscriptions", reader(),
               R"({"changeType":"updated","notificationUrl":")" + url_of(path) +
                   R"(","resource":"communications/presences/)" + kMe +
                   R"(","clientState":"secret","expirationDateTime":")" + expiry + "\"}");
  }
  void set(const std::string& availability, const std::string& activity) {
    const std::string body = R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":")" +
                             availability + R"(","activity":")" + activity +
                             R"(","expirationDuration":"PT1H"})";
    EXPECT_THAT(
        ask(server_->urls().front(), "POST", std::string("/v1.0/users/") + kMe + "/presence/setPresence",
            token(R"("app":"Demo writer")"), body),
        StartsWith("HTTP/1.1 200 "));
  }

  TempFolder temp_;
  webhook::Receiver receiver_{temp_ / "receiver", {}};
  node::Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(NotificationsTest, AreSentAndContinueAfterARestart) {
  start();
  const std::string made = subscribe("/subscriber");
  ASSERT_THAT(made, AllOf(StartsWith("HTTP/1.1 201 "), HasSubstr("\"clientState\":\"secret\"")));
  ASSERT_EQ(receiver_.requests().size(), 1u) << "the URL validation";
  set("DoNotDisturb", "Presenting");
  receiver_.await_requests(2);
  EXPECT_THAT(receiver_.requests()[1].head,
              AllOf(StartsWith("POST /subscriber HTTP/1.1\r\n"),
                    HasSubstr("Content-Type: application/json; charset=utf-8\r\n")));
  EXPECT_THAT(receiver_.requests()[1].body,
              AllOf(HasSubstr(std::string(R"("resource":"communications/presences(')") + kMe),
                    HasSubstr(R"("clientState":"secret")"), Not(HasSubstr("Presenting"))));
  server_.reset();
  start();
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/v1.0/subscriptions", reader()), HasSubstr("/subscriber"));
  set("Busy", "InACall");
  receiver_.await_requests(3);
}

TEST_F(NotificationsTest, AdministratorsSeeAndRemoveSubscriptions) {
  start();
  ASSERT_THAT(subscribe("/subscriber?key=hidden"), StartsWith("HTTP/1.1 201 "));
  ASSERT_THAT(command(std::string(R"({"command":"admin.grant","user":")") + kMe + "\"}"),
              StartsWith("HTTP/1.1 200 "));
  const std::string bearer =
      token(R"("app":"Demo reader","scopes":["Porchlight.Admin"],"user":")" + std::string(kMe) + "\"");
  const auto admin = [&](const std::string& method, const std::string& path, const std::string& body = "") {
    return ask(server_->urls().front(), method, "/porchlight/v1/admin/" + path, bearer, body);
  };
  EXPECT_THAT(
      admin("GET", "subscriptions"),
      AllOf(HasSubstr(R"("applicationName":"Demo reader")"), HasSubstr(kMe), HasSubstr(R"("pending":0)"),
            HasSubstr(R"("host":"localhost:)" + std::to_string(receiver_.port()) + "\""),
            HasSubstr(R"("state":"well")"), Not(HasSubstr("hidden")), Not(HasSubstr("secret")),
            Not(HasSubstr("lastAccepted")), Not(HasSubstr("next"))));
  set("DoNotDisturb", "Presenting");
  receiver_.await_requests(2);
  const std::string id = member(admin("GET", "subscriptions"), "id");
  EXPECT_THAT(admin("GET", "subscriptions?after=x"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "subscriptions?after=" + id + "." + id), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "deadLetters"), HasSubstr(R"({"value":[]})"));
  EXPECT_THAT(admin("POST", "deadLetters/replay", "{}"), HasSubstr(R"({"replayed":0,"gone":0})"));
  EXPECT_THAT(admin("DELETE", "subscriptions/" + std::string(kMe)), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(admin("DELETE", "subscriptions/" + id), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("DELETE", "subscriptions/" + id), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(admin("GET", "subscriptions"), HasSubstr(R"({"value":[]})"));
  EXPECT_THAT(admin("GET", "audit?target=" + id), HasSubstr(R"("action":"subscription.remove")"));
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/v1.0/subscriptions", reader()), Not(HasSubstr(id)));
}

// By an administrator of the tenant, of another one, and the operator. The subscription stays as it is.
TEST_F(NotificationsTest, AdministratorsTestSubscriptions) {
  start();
  ASSERT_THAT(subscribe("/subscriber?key=hidden"), StartsWith("HTTP/1.1 201 "));
  command(R"({"command":"tenant.add","name":"Fabrikam"})");
  command(R"({"command":"app.add","tenant":"Fabrikam","name":"Console"})");
  command(R"({"command":"user.add","tenant":"Fabrikam","upn":"olga@fabrikam.com","name":"Olga"})");
  const auto bearer = [&](const std::string& tenant, const std::string& app, const std::string& user) {
    const std::string of = R"("tenant":")" + tenant + R"(","user":")" + user + "\"";
    EXPECT_THAT(command(R"({"command":"admin.grant",)" + of + "}"), StartsWith("HTTP/1.1 200 "));
    return token(of + R"(,"scopes":["Porchlight.Admin"],"app":")" + app + "\"");
  };
  const std::string ours = bearer("Contoso", "Demo reader", kMe),
                    theirs = bearer("Fabrikam", "Console", "olga@fabrikam.com");
  const auto admin = [&](const std::string& method, const std::string& path, const std::string& by) {
    return ask(server_->urls().front(), method, "/porchlight/v1/admin/subscriptions" + path, by,
               method == "POST" ? "{}" : "");
  };
  const auto result = [&](const std::string& path, const std::string& by) {
    std::string answer = admin("GET", path, by);
    while (member(answer, "state") == "running") answer = admin("GET", path, by);
    return answer;
  };
  const std::string list = admin("GET", "", ours), path = "/" + member(list, "id") + "/test";
  EXPECT_THAT(admin("GET", path, ours), StartsWith("HTTP/1.1 404 ")) << "none was made";
  for (const char* method : {"GET", "POST"})
    for (const std::string& of :
         {path, std::string("/33333333-0000-4000-8000-000000000009/test"), std::string("/x/test")})
      EXPECT_THAT(admin(method, of, theirs),
                  AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("there is no such subscription")));
  ASSERT_EQ(receiver_.requests().size(), 1u) << "the URL validation";

  EXPECT_THAT(admin("POST", path, ours), AllOf(StartsWith("HTTP/1.1 202 "), HasSubstr(R"("state":)")));
  EXPECT_THAT(result(path, ours), AllOf(HasSubstr(R"("state":"accepted","milliseconds":)"),
                                        HasSubstr(R"("status":200)"), Not(HasSubstr("hidden"))));
  EXPECT_THAT(receiver_.requests().at(1).head,
              HasSubstr("POST /subscriber?key=hidden&validationToken=Validation"));
  const auto body_of = [](const std::string& answer) { return answer.substr(answer.find("\r\n\r\n")); };
  EXPECT_EQ(body_of(admin("GET", "", ours)), body_of(list));
  const std::string audit =
      ask(server_->urls().front(), "GET", "/porchlight/v1/admin/audit?target=" + member(list, "id"), ours);
  EXPECT_THAT(audit, AllOf(HasSubstr(R"("action":"subscription.test")"), HasSubstr("ana@contoso.com")));

  // Why nothing was reached is for the operator alone.
  server_.reset();
  config_.webhooks.policy.allowed.clear();
  start();
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":false})");
  EXPECT_THAT(admin("POST", path, ours), StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(result(path, ours), AllOf(HasSubstr(R"("state":"refused")"), HasSubstr("could not be reached"),
                                        Not(HasSubstr(R"("reason":")")), Not(HasSubstr(R"("status")"))));
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  EXPECT_THAT(result(path, ours), HasSubstr(R"("reason":")"));
  EXPECT_EQ(receiver_.requests().size(), 2u);
}

TEST_F(NotificationsTest, AcceptsTheLongestUrl) {
  start();
  std::string path = "/subscriber?";
  path.append(webhook::kUrlBytesMax - url_of(path).size(), 'x');
  ASSERT_THAT(subscribe(path), StartsWith("HTTP/1.1 201 "));
  set("DoNotDisturb", "Presenting");
  receiver_.await_requests(2);
  EXPECT_THAT(receiver_.requests()[1].head, StartsWith("POST " + path + " HTTP/1.1\r\n"));
  EXPECT_THAT(subscribe(path + "x"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(NotificationsTest, StopsDuringUrlValidation) {
  start();
  std::string answer;
  std::thread subscriber([&] { answer = subscribe("/gate"); });
  receiver_.await_requests(1);
  server_->stop();
  subscriber.join();
  EXPECT_THAT(answer, testing::AnyOf("", StartsWith("HTTP/1.1 400 ")));
  server_.reset();
  start();
  EXPECT_THAT(subscribe("/subscriber"), StartsWith("HTTP/1.1 201 ")) << "the interrupted one was not stored";
}

TEST_F(NotificationsTest, PrivateAddressesNeedAConfiguredRange) {
  EXPECT_EQ(opened_ranges(config_.webhooks.policy), "127.0.0.0/8");
  config_.webhooks.policy.allowed.clear();
  EXPECT_EQ(opened_ranges(config_.webhooks.policy), "");
  start();
  EXPECT_THAT(subscribe("/subscriber"), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("ValidationError"),
                                              HasSubstr("could not be reached")));
  EXPECT_EQ(receiver_.connections(), 0u);
}

// The damage is found while the server already serves. The server ends, because subscribers would miss notifications.
TEST_F(NotificationsTest, DamagedSubscriptionEndsTheServer) {
  start();
  ASSERT_THAT(subscribe("/subscriber"), StartsWith("HTTP/1.1 201 "));
  server_.reset();
  const node::DataFolder folder = *node::DataFolder::open(temp_ / "data");
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, folder.subscriptions().string(), &raw).ok());
  const std::unique_ptr<rocksdb::DB> store(raw);
  ASSERT_TRUE(raw->Put({}, "s-sixteen-bytes--", "damaged").ok());
  ASSERT_TRUE(raw->Close().ok());

  std::promise<void> broken;
  auto server = Server::start(config_, folder, std::nullopt, {.broken = [&] { broken.set_value(); }});
  ASSERT_TRUE(server) << server.error();
  server_ = *std::move(server);
  broken.get_future().wait();
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/v1.0/subscriptions", reader()),
              StartsWith("HTTP/1.1 503 "));
  const auto stopped = server_->stop();
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error(), HasSubstr("cannot be read"));
}

TEST_F(NotificationsTest, StartErrorSaysWhatIsWrong) {
  config_.webhooks.ca_file = temp_ / "none.pem";
  const auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("none.pem"));
}

}  // namespace
}  // namespace porchlight::server
