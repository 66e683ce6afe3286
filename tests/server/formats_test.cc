// Folders of released formats: tests/data has a backup of each, which every later version must restore and serve. A new
// format gets an archive of its own:
//
//     PORCHLIGHT_ARCHIVE=tests/data/data_N.tar test_server --gtest_filter=Formats.*Present*
#include <cstdlib>

#include "commands.h"
#include "small_client.h"
#include "webhook/receiver.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAna = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";  // of the demo
// When the archive begins, and a time at which all that is in it is in force.
constexpr const char *kArchiveStart = "2030-01-07T09:00:00Z", *kArchiveEnd = "2030-01-07T09:02:00Z";

class Formats : public Commands {
 protected:
  // Serves the folder from this time on.
  void start(const std::string& data, const std::string& time, const std::vector<std::string>& options = {}) {
    std::vector<std::string> args = {"serve",       "--data",    data, "--clock",       "manual", "--listen",
                                     "127.0.0.1:0", "--threads", "1",  "--clock-start", time};
    args.insert(args.end(), options.begin(), options.end());
    server_.emplace(args);
    const std::string line = server_->line();
    ASSERT_THAT(line, StartsWith("listening on ")) << server_->rest_of_err();
    url_ = line.substr(13);
    data_ = data;
  }
  std::string token(const std::string& app, const std::vector<std::string>& rest = {}) {
    std::vector<std::string> args = {"token", "--app", app};
    args.insert(args.end(), rest.begin(), rest.end());
    const std::string out = done(args);
    return out.substr(0, out.find('\n'));
  }
  std::string get(const std::string& target) {
    return ask(
        url_, "GET", target,
        token("Demo reader", {"--user", kAna, "--scope", "Presence.Read.All Porchlight.History.Read.All"}));
  }
  void post(const std::string& target, const std::string& body, const std::string& as = "") {
    EXPECT_THAT(ask(url_, "POST", target, as.empty() ? token("Demo writer") : as, body),
                StartsWith("HTTP/1.1 20"));
  }

  // Restores the archive as a folder of this name, and reads what each store has.
  void serves(const std::string& archive, const std::string& name) {
    const std::string data = temp_ / name;
    const Ran restored = run_program({"restore", "--from", archive, "--data", data});
    ASSERT_EQ(restored.code, 0) << restored.err;
    start(data, kArchiveEnd);
    const std::string presence = "/v1.0/users/" + std::string(kAna) + "/presence";
    EXPECT_THAT(get(presence), AllOf(HasSubstr(R"("availability":"DoNotDisturb","activity":"Presenting")"),
                                     HasSubstr(R"("content":"At the fair")")));
    EXPECT_THAT(get(presence + "?asOf=2030-01-07T09:00:30Z"),
                HasSubstr(R"("availability":"Busy","activity":"InACall")"));
    EXPECT_THAT(get("/v1.0/subscriptions"), HasSubstr("/subscriber"));
    EXPECT_THAT(ask(url_, "GET", "/readyz?verbose"),
                HasSubstr("notifications: off: this data folder is a copy"));
    EXPECT_THAT(done({"user", "list"}), HasSubstr("082c0668-10b1-8845-8658-a6114e07cb99  hiro@contoso.com"));
    EXPECT_THAT(done({"group", "show", "Support"}), HasSubstr("@contoso.com"));
    EXPECT_THAT(done({"app", "registration", "Demo client"}), HasSubstr("http://localhost"));
    EXPECT_THAT(ask(url_, "GET", "/scim/v2/Users", "wrong"), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(done({"log", "export"}), AllOf(HasSubstr("\"sessionSet\""), HasSubstr("\"messageSet\"")));
    for (const char* store : {"authority", "history", "keys", "log", "revocations", "scim", "subscriptions"})
      EXPECT_TRUE(std::filesystem::exists(data + "/" + store)) << store;
  }

  std::optional<Child> server_;
  std::string url_;
};

TEST_F(Formats, EachArchiveIsServed) {
  for (const std::string archive : {"data_1"})
    serves(PORCHLIGHT_SOURCE "/tests/data/" + archive + ".tar", archive);
}

// So the next archive can be written when it is needed.
TEST_F(Formats, AnArchiveOfThePresentFormatIsServed) {
  const char* const wanted = std::getenv("PORCHLIGHT_ARCHIVE");
  const std::string archive = wanted ? wanted : (temp_ / "present.tar").string();
  webhook::Receiver receiver(temp_ / "receiver", {});
  const std::string config = write_file("p.toml", "[webhooks]\nports = [" + std::to_string(receiver.port()) +
                                                      "]\nallow_ranges = [\"127.0.0.0/8\"]\nca_file = \"" +
                                                      receiver.ca_file().string() + "\"\n");
  const std::string data = data_;
  done({"init", "--demo"});
  start(data, kArchiveStart, {"--config", config});
  const std::string user = "/v1.0/users/" + std::string(kAna) + "/presence/";
  done({"tenant", "scim-token", "Contoso"});
  done({"token", "revoke", "--app", "Demo client"});
  post("/v1.0/subscriptions",
       R"({"changeType":"updated","notificationUrl":"https://localhost:)" + std::to_string(receiver.port()) +
           R"(/subscriber","resource":"communications/presences/)" + kAna +
           R"(","clientState":"secret","expirationDateTime":"2030-01-07T09:50:00Z"})",
       token("Demo reader", {"--user", kAna}));
  const auto session = [](const char* pair) {
    return R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87",)" + std::string(pair) +
           R"(,"expirationDuration":"PT4H"})";
  };
  post(user + "setPresence", session(R"("availability":"Busy","activity":"InACall")"));
  post("/porchlight/v1/clock", R"({"advance":"PT1M"})");
  post(user + "setPresence", session(R"("availability":"DoNotDisturb","activity":"Presenting")"));
  post(user + "setStatusMessage",
       R"({"statusMessage":{"message":{"contentType":"text","content":"At the fair"}}})");
  get("/v1.0/users/" + std::string(kAna) + "/presence?asOf=2030-01-07T09:00:30Z");  // indexes the history
  post("/porchlight/v1/clock", R"({"advance":"PT1S"})");
  receiver.await_requests(3);
  std::filesystem::remove_all(data + "/tls");
  ASSERT_EQ(std::system((program().string() + " backup --data " + data + " --to - > " + archive).c_str()), 0);
  serves(archive, "present");
}

}  // namespace
}  // namespace porchlight::server
