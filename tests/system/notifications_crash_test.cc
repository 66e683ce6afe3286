// After kill -9 at any moment, subscribers end up with the current state. tests/faults/held_disk_test.cc stops the
// server between the mark of a notification and its post.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "process.h"
#include "support/http_client.h"
#include "webhook/receiver.h"

namespace porchlight {
namespace {

constexpr int kRounds = 8;
constexpr int kPeople = 16;
constexpr int kWritesBeforeKillMin = 5;
constexpr int kWritesBeforeKillMax = 200;
constexpr auto kPostPatience = std::chrono::seconds(20);

constexpr std::pair<const char*, const char*> kPairs[] = {
    {"Busy", "InACall"}, {"Busy", "InAConferenceCall"}, {"Away", "Away"}, {"DoNotDisturb", "Presenting"}};

std::string in_an_hour() {
  const auto now = std::chrono::system_clock::now() + std::chrono::hours(1);
  const std::time_t time = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

class NotificationsCrash : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "porchlight.toml")
        << "[subscriptions]\napplication_permission = true\nstate_in_plain_items = true\nlife_max = \"3d\"\n"
        << "[webhooks]\nallow_ranges = [\"127.0.0.0/8\", \"::1/128\"]\nports = [" << receiver_.port()
        << "]\nca_file = \"" << receiver_.ca_file().string() << "\"\n";
    std::ofstream csv(folder_ / "people.csv");
    csv << "userPrincipalName,displayName\n";
    for (int i = 0; i < kPeople; ++i) csv << "p" << i << "@contoso.example,Person " << i << "\n";
    csv.close();
    ASSERT_EQ(run({"user", "import", (folder_ / "people.csv").string(), "--data", tenant_.data}).exit_code,
              0);
    const std::vector<std::string> app = {"app",    "add", "--data", tenant_.data,
                                          "--name", "Ear", "--role", "Presence.Read.All"};
    ASSERT_EQ(run(app).exit_code, 0);
    token_ = line_of({"token", "--data", tenant_.data, "--app", "Ear", "--expires", "24h"});
  }

  std::unique_ptr<ServerProcess> start() {
    return std::make_unique<ServerProcess>(
        tenant_.data,
        std::vector<std::string>{"--throttle", "off", "--config", (folder_ / "porchlight.toml").string()});
  }

  void subscribe(HttpClient& wire) {
    std::string ids;
    for (int i = 0; i < kPeople; ++i) {
      const std::string id =
          wire.get("/v1.0/users/p" + std::to_string(i) + "@contoso.example/presence", tenant_.token)
              .at("/id");
      people_.push_back(id);
      ids += (i == 0 ? "'" : ",'") + id + "'";
    }
    const std::string url = "https://localhost:" + std::to_string(receiver_.port()) + "/subscriber";
    const Answer made = wire.post("/v1.0/subscriptions", token_,
                                  R"({"changeType":"updated","notificationUrl":")" + url +
                                      R"(","resource":"communications/presences?$filter=id in ()" + ids +
                                      ")\",\"expirationDateTime\":\"" + in_an_hour() + "\"}");
    ASSERT_EQ(made.status, 201) << made.body;
  }

  void ask_to_write(HttpClient& wire) {
    const auto& [availability, activity] = kPairs[random_() % std::size(kPairs)];
    wire.ask("POST", "/v1.0/users/" + people_[random_() % kPeople] + "/presence/setPresence", tenant_.token,
             {"Content-Type: application/json"},
             std::string(R"({"sessionId":"s","availability":")") + availability + R"(","activity":")" +
                 activity + R"(","expirationDuration":"PT4H"})");
  }

  // Makes a random number of writes, and kills the server with another one under way.
  void write_and_kill(ServerProcess& server) {
    HttpClient wire(server.port());
    const int enough = std::uniform_int_distribution(kWritesBeforeKillMin, kWritesBeforeKillMax)(random_);
    for (int i = 0; i < enough; ++i) {
      ask_to_write(wire);
      ASSERT_EQ(wire.read_answer().status, 200);
    }
    ask_to_write(wire);
    server.stop(SIGKILL);
  }

  // Expects that the subscriber gets to believe what the server shows.
  void compare(HttpClient& wire, int kills) {
    std::map<std::string, std::string> real;
    for (const std::string& id : people_) {
      const std::string state = wire.get("/v1.0/users/" + id + "/presence", tenant_.token).state();
      if (state != "Offline/Offline")
        real[id] = state;  // users who were always Offline cause no notification
    }
    EXPECT_GE(real.size(), 4u) << "after kill " << kills;
    const auto patience = std::chrono::steady_clock::now() + kPostPatience;
    while (believed() != real && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(believed(), real) << "after kill " << kills;
  }

  // The states of the users according to the notifications.
  std::map<std::string, std::string> believed() const {
    std::map<std::string, std::string> states;
    simdjson::dom::parser parser;
    for (const webhook::ReceivedRequest& request : receiver_.requests()) {
      if (request.body.empty()) continue;  // the URL validation
      for (const simdjson::dom::element item : parser.parse(request.body)["value"].get_array()) {
        const simdjson::dom::element resource = item["resourceData"];
        states[std::string(std::string_view(resource["id"]))] =
            std::string(std::string_view(resource["availability"]))
                .append("/")
                .append(std::string_view(resource["activity"]));
      }
    }
    return states;
  }

  TempFolder folder_;
  webhook::Receiver receiver_{folder_ / "receiver", {}};
  const TestTenant tenant_{folder_ / "data"};
  std::string token_;  // of the subscriber
  std::vector<std::string> people_;
  std::mt19937 random_{20260212};
};

TEST_F(NotificationsCrash, SubscriberHasTheCurrentStateAfterEachKill) {
  for (int kills = 0; kills <= kRounds && !HasFailure(); ++kills) {
    const auto server = start();
    HttpClient wire(server->port());
    if (kills == 0)
      ASSERT_NO_FATAL_FAILURE(subscribe(wire));
    else
      compare(wire, kills);
    if (kills < kRounds) write_and_kill(*server);
  }
}

}  // namespace
}  // namespace porchlight
