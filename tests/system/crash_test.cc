// kill -9 at any moment loses no acknowledged write.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "process.h"
#include "support/http_client.h"

namespace porchlight {
namespace {

constexpr int kCrashRounds = 20;
constexpr int kWriters = 8;
constexpr int kCrashPeople = 64;
constexpr int kCrashWritesBeforeKillMin = 20;
constexpr int kCrashWritesBeforeKillMax = 400;

// The last acknowledged state of each user, and the state that was sent but not answered: after the crash either is
// right.
struct Known {
  std::string acknowledged = "Offline/Offline";
  std::optional<std::string> in_doubt;
};

struct Pair {
  std::string availability, activity;
};
const Pair kCrashPairs[] = {
    {"Busy", "InACall"}, {"Busy", "InAConferenceCall"}, {"Away", "Away"}, {"DoNotDisturb", "Presenting"}};

TEST(Crash, KeepsEveryAcknowledgedWrite) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  std::vector<std::string> people;
  {
    std::string csv = "userPrincipalName,displayName\n";
    for (int i = 0; i < kCrashPeople; ++i) {
      csv += "p" + std::to_string(i) + "@contoso.example,Person " + std::to_string(i) + "\n";
      people.push_back("p" + std::to_string(i) + "@contoso.example");
    }
    const auto file = folder / "people.csv";
    FILE* out = std::fopen(file.c_str(), "w");
    std::fputs(csv.c_str(), out);
    std::fclose(out);
    ASSERT_EQ(run({"user", "import", file.string(), "--data", tenant.data}).exit_code, 0);
  }
  std::vector<Known> known(kCrashPeople);
  std::mt19937 random(20260131);
  std::size_t acknowledged = 0;

  for (int round = 0; round < kCrashRounds; ++round) {
    ServerProcess server(tenant.data, {"--throttle", "off"});
    HttpClient reader(server.port());
    for (int i = 0; i < kCrashPeople; ++i) {
      const std::string seen = reader.get("/v1.0/users/" + people[i] + "/presence", tenant.token).state();
      EXPECT_TRUE(seen == known[i].acknowledged || seen == known[i].in_doubt)
          << "round " << round << ", " << people[i] << ": " << seen << " instead of "
          << known[i].acknowledged;
      known[i] = {seen, std::nullopt};
    }

    // Each writer has its own users, and writes until the server is killed.
    std::atomic<int> written{0};
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w, seed = random()] {
        std::mt19937 own(seed);
        HttpClient wire(server.port());
        try {
          while (true) {
            const int person = static_cast<int>(own() % (kCrashPeople / kWriters)) * kWriters + w;
            const Pair& pair = kCrashPairs[own() % std::size(kCrashPairs)];
            known[person].in_doubt = pair.availability + "/" + pair.activity;
            const Answer answer =
                wire.post("/v1.0/users/" + people[person] + "/presence/setPresence", tenant.token,
                          R"({"sessionId":"s","availability":")" + pair.availability + R"(","activity":")" +
                              pair.activity + R"(","expirationDuration":"PT4H"})");
            if (answer.status != 200) throw std::runtime_error("refused");
            known[person] = {pair.availability + "/" + pair.activity, std::nullopt};
            ++written;
          }
        } catch (const std::runtime_error&) {
        }
      });
    }
    const int enough =
        std::uniform_int_distribution(kCrashWritesBeforeKillMin, kCrashWritesBeforeKillMax)(random);
    while (written < enough) std::this_thread::yield();
    server.stop(SIGKILL);
    for (std::thread& writer : writers) writer.join();
    acknowledged += static_cast<std::size_t>(written);
  }
  EXPECT_GE(acknowledged, static_cast<std::size_t>(kCrashRounds * kCrashWritesBeforeKillMin));
}

}  // namespace
}  // namespace porchlight
