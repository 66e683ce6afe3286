// kill -9 at any moment loses no acknowledged write. tests/faults/held_disk_test.cc stops the server at chosen calls of
// the disk.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
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

class Crash : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream csv(folder_ / "people.csv");
    csv << "userPrincipalName,displayName\n";
    for (int i = 0; i < kCrashPeople; ++i) {
      people_.push_back("p" + std::to_string(i) + "@contoso.example");
      csv << people_.back() << ",Person " << i << "\n";
    }
    csv.close();
    ASSERT_EQ(run({"user", "import", (folder_ / "people.csv").string(), "--data", tenant_.data}).exit_code,
              0);
  }

  // Reads all users. From then on what was read counts as acknowledged.
  void compare(const ServerProcess& server, int kills) {
    HttpClient reader(server.port());
    for (int i = 0; i < kCrashPeople; ++i) {
      const std::string seen = reader.get("/v1.0/users/" + people_[i] + "/presence", tenant_.token).state();
      EXPECT_TRUE(seen == known_[i].acknowledged || seen == known_[i].in_doubt)
          << "after kill " << kills << ", " << people_[i] << ": " << seen << " instead of "
          << known_[i].acknowledged;
      known_[i] = {seen, std::nullopt};
    }
  }

  // A writer of its own users, which writes until the server is dead. The acknowledgement that is number `enough` of
  // all writers is the last: the writer that gets it kills the server before it does anything else.
  void write_until_killed(const ServerProcess& server, int writer, std::uint32_t seed, int enough) {
    std::mt19937 random(seed);
    HttpClient wire(server.port());
    try {
      while (true) {
        const int person = static_cast<int>(random() % (kCrashPeople / kWriters)) * kWriters + writer;
        const Pair& pair = kCrashPairs[random() % std::size(kCrashPairs)];
        known_[person].in_doubt = pair.availability + "/" + pair.activity;
        const Answer answer =
            wire.post("/v1.0/users/" + people_[person] + "/presence/setPresence", tenant_.token,
                      R"({"sessionId":"s","availability":")" + pair.availability + R"(","activity":")" +
                          pair.activity + R"(","expirationDuration":"PT4H"})");
        if (answer.status != 200) throw std::runtime_error("refused");
        if (++written_ == enough) ::kill(server.pid(), SIGKILL);
        known_[person] = {pair.availability + "/" + pair.activity, std::nullopt};
      }
    } catch (const std::runtime_error&) {
    }
  }

  const TempFolder folder_;
  const TestTenant tenant_{folder_ / "data"};
  std::vector<std::string> people_;
  std::vector<Known> known_{kCrashPeople};
  std::atomic<int> written_ = 0;  // acknowledged since the server was started
};

TEST_F(Crash, KeepsEveryAcknowledgedWrite) {
  std::mt19937 random(20260131);
  for (int kills = 0; kills < kCrashRounds; ++kills) {
    ServerProcess server(tenant_.data, {"--throttle", "off"});
    compare(server, kills);
    const int enough =
        std::uniform_int_distribution(kCrashWritesBeforeKillMin, kCrashWritesBeforeKillMax)(random);
    written_ = 0;
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w, seed = random()] {
        write_until_killed(server, w, static_cast<std::uint32_t>(seed), enough);
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_GE(written_, enough);
  }
  compare(ServerProcess(tenant_.data, {"--throttle", "off"}), kCrashRounds);
}

}  // namespace
}  // namespace porchlight
