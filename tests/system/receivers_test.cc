// Faulty webhook receivers of every kind beside a good one: the server continues in bounded memory, and the good one
// gets all notifications.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "base/guid.h"
#include "base/time_text.h"
#include "process.h"
#include "support/http_client.h"
#include "webhook/receiver.h"

namespace porchlight {
namespace {

constexpr int kChanges = 30;
constexpr int kWarmUps = 5;  // changes until every kind of failure happened once
// Endless responses would exceed this within a second if they were not limited.
constexpr std::uint64_t kGrowthMax = 256 * 1024 * 1024;
constexpr const char* kBad[] = {"/hang",         "/drip",      "/reset",     "/drop",    "/close",
                                "/promise/4000", "/promise/1", "/endless",   "/headers", "/interim",
                                "/garbage",      "/redirect",  "/status/500"};
// Receivers that fail at once, so that URL validation fails too.
constexpr const char* kBadAtOnce[] = {"/reset",   "/drop",    "/promise/4000", "/endless",   "/headers",
                                      "/interim", "/garbage", "/redirect",     "/status/500"};

// Waits for a condition, up to a time limit. Returns whether it became true.
bool becomes(const std::function<bool()>& so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!so() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return so();
}

class BadReceivers : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "porchlight.toml")
        << "[subscriptions]\napplication_permission = true\nper_owner = 100\nlife_max = \"3d\"\n"
        << "[webhooks]\nallow_ranges = [\"127.0.0.0/8\", \"::1/128\"]\nports = [" << good_.port() << ", "
        << bad_.port() << "]\nca_file = \"" << good_.ca_file().string() << "\"\n";
    const std::vector<std::string> app = {"app",    "add", "--data", tenant_.data,
                                          "--name", "Ear", "--role", "Presence.Read.All"};
    ASSERT_EQ(run(app).exit_code, 0);
    token_ = line_of({"token", "--data", tenant_.data, "--app", "Ear", "--expires", "24h"});
  }

  void start(const std::string& clock = "system") {
    server_ = std::make_unique<ServerProcess>(
        tenant_.data, std::vector<std::string>{"--throttle", "off", "--clock", clock, "--config",
                                               (folder_ / "porchlight.toml").string()});
    wire_ = std::make_unique<HttpClient>(server_->port());
  }

  // To the user and a further id of its own: no two subscriptions may have the same resource.
  Answer subscribe(const webhook::Receiver& receiver, const std::string& path) {
    std::string expiry;
    append_date_time(expiry, SystemClock().wall() + std::chrono::hours(48));
    const std::string resource = "communications/presences?$filter=id in ('" + tenant_.user + "','" +
                                 to_string(secure_random_guid()) + "')";
    return wire_->post(
        "/v1.0/subscriptions", token_,
        R"({"changeType":"updated","clientState":"a secret","notificationUrl":"https://localhost:)" +
            std::to_string(receiver.port()) + path + R"(","resource":")" + resource +
            R"(","expirationDateTime":")" + expiry + "\"}");
  }

  void change(int number) {
    const Answer set = wire_->post("/v1.0/users/" + tenant_.user + "/presence/setPresence", tenant_.token,
                                   std::string(R"({"sessionId":"s","availability":"Busy","activity":")") +
                                       (number % 2 == 0 ? "InACall" : "InAConferenceCall") +
                                       R"(","expirationDuration":"PT4H"})");
    ASSERT_EQ(set.status, 200) << set.body;
  }

  std::uint64_t resident_bytes() const {
    std::ifstream in("/proc/" + std::to_string(server_->pid()) + "/status");
    for (std::string word; in >> word;) {
      std::uint64_t kib = 0;
      if (word == "VmRSS:" && in >> kib) return kib * 1024;
    }
    return 0;
  }

  std::size_t posts_to(const std::string& path) const {
    const auto all = bad_.requests();
    return static_cast<std::size_t>(std::ranges::count_if(all, [&](const webhook::ReceivedRequest& request) {
      return request.head.starts_with("POST " + path + " ");
    }));
  }

  std::string log() const {
    std::ifstream file(server_->log_file());
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  TempFolder folder_;
  webhook::Receiver good_{folder_ / "receivers", {}}, bad_{folder_ / "receivers", {}};
  const TestTenant tenant_{folder_ / "data"};
  std::string token_;  // of the subscriber
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpClient> wire_;
};

TEST_F(BadReceivers, DelayNeitherTheServerNorAGoodReceiver) {
  start();
  ASSERT_EQ(subscribe(good_, "/subscriber").status, 201);
  for (const std::string path : kBad) {
    const Answer made = subscribe(bad_, "/subscriber" + path);
    ASSERT_EQ(made.status, 201) << path << made.body;
  }
  std::uint64_t resident = 0;
  for (int number = 0; number < kChanges; ++number) {
    ASSERT_NO_FATAL_FAILURE(change(number));
    good_.await_requests(static_cast<std::size_t>(2 + number));  // the first is the URL validation
    if (number == kWarmUps) resident = resident_bytes();
  }
  for (const std::string path : kBad)
    EXPECT_TRUE(becomes([&] { return posts_to("/subscriber" + path) >= 1; })) << path;
  EXPECT_LT(posts_to("/subscriber/hang"), kChanges / 2u) << "receivers that hang are not waited for";
  EXPECT_LT(resident_bytes(), resident + kGrowthMax);
  EXPECT_EQ(server_->stop(SIGTERM), 0) << "posts that hang do not delay the stop";
  EXPECT_THAT(log(), testing::Not(testing::HasSubstr("a secret")));
}

TEST_F(BadReceivers, AreRefusedByUrlValidation) {
  start();
  for (const std::string path : kBadAtOnce) {
    const Answer made = subscribe(bad_, path);
    EXPECT_EQ(made.status, 400) << path;
    EXPECT_EQ(made.code(), "ValidationError") << path << made.body;
  }
  EXPECT_EQ(wire_->get("/v1.0/subscriptions", token_).body.find("notificationUrl"), std::string::npos);
}

// The log tells the operator which addresses are allowed, and which notifications were dropped.
TEST_F(BadReceivers, AreLogged) {
  start("manual");
  EXPECT_THAT(log(), testing::HasSubstr("not public: 127.0.0.0/8, ::1/128"));
  ASSERT_EQ(subscribe(bad_, "/subscriber/status/500").status, 201);
  ASSERT_NO_FATAL_FAILURE(change(1));
  bad_.await_requests(2);
  const std::string admin = line_of(
      {"token", "--data", tenant_.data, "--app", "Ear", "--role", "Porchlight.Admin", "--expires", "24h"});
  // The session expires after four hours; its notification is retried for another four.
  const auto advance = [&] {
    ASSERT_EQ(wire_->post("/porchlight/v1/clock", admin, R"({"advance":"PT5H"})").status, 200);
  };
  ASSERT_NO_FATAL_FAILURE(advance());
  bad_.await_requests(3);
  ASSERT_NO_FATAL_FAILURE(advance());
  const std::string given_up =
      "dropped 1 change notifications that could not be delivered, the last one to https://localhost:" +
      std::to_string(bad_.port());
  EXPECT_TRUE(becomes([&] { return log().find(given_up) != std::string::npos; })) << log();
  EXPECT_THAT(log(), testing::Not(testing::HasSubstr("a secret")));
}

}  // namespace
}  // namespace porchlight
