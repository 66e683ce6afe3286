// After kill -9 at any moment, subscribers end up with the current state.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <atomic>
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

  // Writes until the server is dead; kills it meanwhile.
  void write_until_killed(ServerProcess& server) {
    std::atomic<int> written{0};
    std::thread writer([&, seed = random_()] {
      std::mt19937 own(seed);
      HttpClient wire(server.port());
      try {
        while (true) {
          const auto& [availability, activity] = kPairs[own() % std::size(kPairs)];
          wire.post("/v1.0/users/" + people_[own() % kPeople] + "/presence/setPresence", tenant_.token,
                    std::string(R"({"sessionId":"s","availability":")") + availability + R"(","activity":")" +
                        activity + R"(","expirationDuration":"PT4H"})");
          ++written;
        }
      } catch (const std::runtime_error&) {
      }
    });
    const int enough = std::uniform_int_distribution(kWritesBeforeKillMin, kWritesBeforeKillMax)(random_);
    while (written < enough) std::this_thread::yield();
    server.stop(SIGKILL);
    writer.join();
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

TEST_F(NotificationsCrash, SubscriberEndsWithTheCurrentState) {
  for (int round = 0; round < kRounds; ++round) {
    const auto server = start();
    if (people_.empty()) {
      HttpClient wire(server->port());
      ASSERT_NO_FATAL_FAILURE(subscribe(wire));
    }
    write_until_killed(*server);
  }
  const auto server = start();
  HttpClient wire(server->port());
  std::map<std::string, std::string> real;
  for (const std::string& id : people_) {
    const std::string state = wire.get("/v1.0/users/" + id + "/presence", tenant_.token).state();
    if (state != "Offline/Offline") real[id] = state;  // users who were always Offline cause no notification
  }
  EXPECT_GE(real.size(), 4u);
  const auto patience = std::chrono::steady_clock::now() + kPostPatience;
  while (believed() != real && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(believed(), real);
}

}  // namespace
}  // namespace porchlight
