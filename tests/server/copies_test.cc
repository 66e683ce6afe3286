// Copies of a data folder, and servers that send no notifications: the built program, with a receiver on loopback.
#include "base/time_text.h"
#include "commands.h"
#include "small_client.h"
#include "webhook/receiver.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kDemoUser = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

class Copies : public Commands {
 protected:
  void SetUp() override {
    Commands::SetUp();
    ASSERT_EQ(run_program({"init", "--demo", "--data", data_}).code, 0);
    config_ = write_file("p.toml", "[webhooks]\nports = [" + std::to_string(receiver_.port()) +
                                       "]\nallow_ranges = [\"127.0.0.0/8\"]\nca_file = \"" +
                                       receiver_.ca_file().string() + "\"\n");
  }
  // Starts a server on this folder. Its clock moves only if a client moves it, so that a test can wait for what is due.
  void start(const std::string& data, const std::vector<std::string>& options = {}) {
    std::vector<std::string> args = {"serve",       "--data",  data,     "--config",  config_, "--listen",
                                     "127.0.0.1:0", "--clock", "manual", "--threads", "1"};
    args.insert(args.end(), options.begin(), options.end());
    server_.emplace(args);
    const std::string line = server_->line();
    ASSERT_THAT(line, StartsWith("listening on ")) << server_->rest_of_err();
    url_ = line.substr(13);
    data_ = data;
  }
  // Stops the server, and returns its log.
  std::string stop() {
    server_->signal(SIGTERM);
    const std::string log = server_->rest_of_err();
    EXPECT_EQ(server_->wait(), 0) << log;
    return log;
  }
  std::string token(const std::string& app, const std::vector<std::string>& rest = {}) {
    std::vector<std::string> args = {"token", "--app", app};
    args.insert(args.end(), rest.begin(), rest.end());
    const std::string out = done(args);
    return out.substr(0, out.find('\n'));
  }
  std::string reader() { return token("Demo reader", {"--user", kDemoUser}); }
  std::string subscribe() {
    std::string expiry;
    append_date_time(expiry, SystemClock().wall() + std::chrono::minutes(59));
    return ask(url_, "POST", "/v1.0/subscriptions", reader(),
               R"({"changeType":"updated","notificationUrl":"https://localhost:)" +
                   std::to_string(receiver_.port()) +
                   R"(/subscriber","resource":"communications/presences/)" + kDemoUser +
                   R"(","clientState":"secret","expirationDateTime":")" + expiry + "\"}");
  }
  // Changes the presence, and waits until what is due was posted.
  void set(const std::string& availability, const std::string& activity) {
    EXPECT_THAT(ask(url_, "POST", std::string("/v1.0/users/") + kDemoUser + "/presence/setPresence",
                    token("Demo writer"),
                    R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":")" + availability +
                        R"(","activity":")" + activity + R"(","expirationDuration":"PT1H"})"),
                StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask(url_, "POST", "/porchlight/v1/clock", token("Demo writer"), R"({"advance":"PT1S"})"),
                StartsWith("HTTP/1.1 200 "));
  }
  std::string ready() { return ask(url_, "GET", "/readyz?verbose"); }

  webhook::Receiver receiver_{temp_ / "receiver", {}};
  std::string config_;
  std::optional<Child> server_;
  std::string url_;
};

TEST_F(Copies, SendNothingUntilTheyAreAdopted) {
  const std::string original = data_, copy = temp_ / "copy";
  start(original);
  EXPECT_THAT(ready(), HasSubstr("\nnotifications: sent\n"));
  ASSERT_THAT(subscribe(), StartsWith("HTTP/1.1 201 "));
  set("DoNotDisturb", "Presenting");
  receiver_.await_requests(2);  // the validation and the notification
  EXPECT_THAT(stop(), Not(HasSubstr("copy")));
  std::filesystem::copy(original, copy, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(copy, std::filesystem::perms::owner_all);

  start(copy);
  EXPECT_THAT(ready(),
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr("\nnotifications: off: this data folder is a copy (serve --adopt)\n")));
  set("Busy", "InACall");
  EXPECT_THAT(ask(url_, "GET", "/v1.0/subscriptions", reader()), HasSubstr("/subscriber"));
  EXPECT_THAT(stop(), HasSubstr("level=warning msg=\"this data folder is a copy: no change notifications are "
                                "sent. If the original is not used any more, stop this server and start it "
                                "once with --adopt\" data=" +
                                copy + "\n"));
  EXPECT_EQ(receiver_.requests().size(), 2U);

  start(copy, {"--adopt"});
  receiver_.await_requests(3);  // the state that was not sent meanwhile
  EXPECT_THAT(ready(), HasSubstr("\nnotifications: sent\n"));
  set("Available", "Available");
  receiver_.await_requests(4);
  stop();

  start(copy);
  EXPECT_THAT(ready(), HasSubstr("\nnotifications: sent\n"));
  stop();
}

TEST_F(Copies, NoNotificationsKeepsSubscriptions) {
  const std::string data = data_;
  start(data, {"--no-notifications"});
  EXPECT_THAT(ready(), HasSubstr("\nnotifications: off: as configured\n"));
  ASSERT_THAT(subscribe(), StartsWith("HTTP/1.1 201 "));
  set("DoNotDisturb", "Presenting");
  set("Busy", "InACall");
  EXPECT_THAT(stop(), HasSubstr("msg=\"no change notifications are sent, as configured\""));
  EXPECT_EQ(receiver_.requests().size(), 1U) << "only the validation that the client asked for";
  start(data);
  receiver_.await_requests(2);
  stop();
  EXPECT_EQ(receiver_.requests().size(), 2U) << "the newest state only";
}

}  // namespace
}  // namespace porchlight::server
