// [presence] hold on a disk that is full for 20 minutes of a manual clock: a client that goes on trying to renew its
// session is not shown Offline, and five minutes after the disk has space all is as without the outage.
#include <gtest/gtest.h>

#include <fstream>

#include "faults/server_on_faulty_disk.h"

namespace porchlight {
namespace {

constexpr int kOutageMinutes = 20;

// A server in the state before the outage: two users with sessions of five minutes.
class HeldPresence : public testing::Test {
 protected:
  void start(bool hold) {
    if (hold) std::ofstream(folder_ / "porchlight.toml") << "[presence]\nhold = true\n";
    std::vector<std::string> options = {"--throttle", "off",           "--clock",
                                        "manual",     "--clock-start", "2030-01-07T09:00:00Z"};
    if (hold) options.insert(options.end(), {"--config", (folder_ / "porchlight.toml").string()});
    EXPECT_EQ(run({"user", "add", "--data", tenant_.data, "--upn", "leo@contoso.example", "--name", "Leo",
                   "--id", leaver_})
                  .exit_code,
              0);
    EXPECT_EQ(run({"app", "add", "--data", tenant_.data, "--name", "Clock", "--role", "Porchlight.Admin"})
                  .exit_code,
              0);
    admin_ = line_of({"token", "--data", tenant_.data, "--app", "Clock", "--expires", "2000d"});
    server_.emplace(tenant_.data, options,
                    disk_faults_environment(folder_ / "faults", std::filesystem::path(tenant_.data)));
    client_.emplace(server_->port());
    ASSERT_EQ(renew(stayer_), 200);
    ASSERT_EQ(renew(leaver_), 200);
  }
  // Sets the user's session. Returns the status.
  int renew(const std::string& user) {
    return client_
        ->post("/v1.0/users/" + user + "/presence/setPresence", tenant_.token,
               R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT5M"})")
        .status;
  }
  void pass_minute() {
    ASSERT_EQ(client_->post("/porchlight/v1/clock", admin_, R"({"advance":"PT1M"})").status, 200);
  }
  std::string seen(const std::string& user) {
    return client_->get("/v1.0/users/" + user + "/presence", tenant_.token).at("/availability");
  }
  // Whether the presence is of a time before now.
  bool is_held(const std::string& user) {
    return client_->get("/porchlight/v1/users/" + user + "/presence/explain", tenant_.token)
               .at("/heldSince") != "(absent)";
  }
  void fill_disk() { faults_.fail(kAllChanges, ENOSPC, -1, kLogPart); }

  TempFolder folder_;
  MappedFaults faults_{folder_ / "faults"};
  TestTenant tenant_{folder_ / "data"};
  const std::string stayer_ = tenant_.user;
  const std::string leaver_ = "00000000-0000-0000-0000-0000000000b0";
  std::string admin_;
  std::optional<ServerProcess> server_;
  std::optional<HttpClient> client_;
};

TEST_F(HeldPresence, StaysWhileTheDiskIsFull) {
  ASSERT_NO_FATAL_FAILURE(start(true));
  fill_disk();
  EXPECT_TRUE(eventually([&] { return renew(stayer_) == 503 && is_held(stayer_); }, kPatience));
  for (int minute = 0; minute < kOutageMinutes; ++minute) {
    ASSERT_NO_FATAL_FAILURE(pass_minute());
    EXPECT_EQ(renew(stayer_), 503);
    EXPECT_EQ(seen(stayer_), "Busy") << minute;
  }
  faults_.recover();
  EXPECT_TRUE(eventually([&] { return renew(stayer_) == 200; }, kRecovery));
  EXPECT_FALSE(is_held(stayer_)) << "it has an event since";
  for (int minute = 0; minute < 5; ++minute) {
    ASSERT_NO_FATAL_FAILURE(pass_minute());
    EXPECT_EQ(renew(stayer_), 200);
  }
  EXPECT_EQ(seen(stayer_), "Busy");
  EXPECT_EQ(seen(leaver_), "Offline");
  EXPECT_FALSE(is_held(leaver_));
}

TEST_F(HeldPresence, IsOffByDefault) {
  ASSERT_NO_FATAL_FAILURE(start(false));
  fill_disk();
  EXPECT_TRUE(eventually([&] { return renew(stayer_) == 503; }, kPatience));
  for (int minute = 0; minute < 5; ++minute) {
    ASSERT_NO_FATAL_FAILURE(pass_minute());
    EXPECT_EQ(renew(stayer_), 503);
  }
  EXPECT_EQ(seen(stayer_), "Offline");
}

}  // namespace
}  // namespace porchlight
