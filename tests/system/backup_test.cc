// Backups of a server under load: every write that was acknowledged before one began is in it. And kill -9 of the
// command and of the server in the middle of one.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "process.h"
#include "support/http_client.h"

namespace porchlight {
namespace {

namespace fs = std::filesystem;

constexpr int kBackupPeople = 64, kBackupWriters = 4, kBackupRounds = 3, kKillTries = 50;
const std::string kBackupPairs[] = {"Busy/InACall", "Away/Away", "DoNotDisturb/Presenting",
                                    "Busy/InAConferenceCall"};

// Users whose presence is written without a pause, until stop(). Each writer has users of its own and writes to them in
// turn; the number of a write is in the text of the status message.
class Writers {
 public:
  Writers(std::uint16_t port, const std::string& token, const std::vector<std::string>& people)
      : port_(port), token_(token), people_(people), acknowledged_(people.size()) {
    for (int writer = 0; writer < kBackupWriters; ++writer)
      threads_.emplace_back([this, writer] { write(writer); });
  }
  ~Writers() { stop(); }
  Writers(const Writers&) = delete;
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // By user, the number of the last write that was acknowledged.
  std::vector<std::uint64_t> acknowledged() const {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(acknowledged_.size());
    for (const auto& number : acknowledged_) numbers.push_back(number.load());
    return numbers;
  }

 private:
  void write(int writer) {
    HttpClient client(port_);
    try {
      for (std::uint64_t number = 1; !stopping_; ++number) {
        for (std::size_t i = static_cast<std::size_t>(writer); i < people_.size() && !stopping_;
             i += kBackupWriters) {
          const Answer answer =
              client.post("/v1.0/users/" + people_[i] + "/presence/setStatusMessage", token_,
                          R"({"statusMessage":{"message":{"contentType":"text","content":")" +
                              std::to_string(number) + R"("}}})");
          if (answer.status == 200) acknowledged_[i] = number;
        }
      }
    } catch (const std::runtime_error&) {  // the server was killed
    }
  }

  const std::uint16_t port_;
  const std::string token_;
  const std::vector<std::string>& people_;
  std::vector<std::atomic<std::uint64_t>> acknowledged_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

class Backup : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream csv(folder_ / "people.csv");
    csv << "userPrincipalName,displayName\n";
    for (int i = 0; i < kBackupPeople; ++i) {
      people_.push_back("p" + std::to_string(i) + "@contoso.example");
      csv << people_.back() << ",Person " << i << "\n";
    }
    csv.close();
    ASSERT_EQ(run({"user", "import", (folder_ / "people.csv").string(), "--data", tenant_.data}).exit_code,
              0);
  }

  Finished backup(const std::string& to) { return run({"backup", "--data", tenant_.data, "--to", to}); }

  // Serves the data folder that is restored from the backup, and compares.
  void expect_at_least(const fs::path& from, const std::vector<std::uint64_t>& acknowledged) {
    const fs::path data = from.string() + ".restored";
    const Finished restored = run({"restore", "--from", from.string(), "--data", data.string()});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    const ServerProcess server(data, {"--throttle", "off"});
    HttpClient reader(server.port());
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const Answer answer = reader.get("/v1.0/users/" + people_[i] + "/presence", tenant_.token);
      const std::string text = answer.at("/statusMessage/message/content");
      const std::uint64_t number =
          text.find_first_not_of("0123456789") == std::string::npos ? std::stoull(text) : 0;
      EXPECT_GE(number, acknowledged[i]) << people_[i];
    }
  }

  const TempFolder folder_;
  const TestTenant tenant_{folder_ / "data"};
  std::vector<std::string> people_;
};

TEST_F(Backup, UnderLoadHasEveryWriteThatWasAcknowledgedBefore) {
  const ServerProcess server(tenant_.data, {"--throttle", "off"});
  Writers writers(server.port(), tenant_.token, people_);
  std::vector<std::vector<std::uint64_t>> acknowledged;
  for (int round = 0; round < kBackupRounds; ++round) {
    acknowledged.push_back(writers.acknowledged());
    const Finished made = backup(folder_ / ("backup" + std::to_string(round)));
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  writers.stop();
  for (int round = 0; round < kBackupRounds; ++round)
    expect_at_least(folder_ / ("backup" + std::to_string(round)),
                    acknowledged[static_cast<std::size_t>(round)]);
}

// The command is killed when it has asked for the image, and when it has copied so many of the stores.
TEST_F(Backup, TheServerDoesNotNoticeThatTheCommandIsKilled) {
  const ServerProcess server(tenant_.data, {"--throttle", "off"});
  Writers writers(server.port(), tenant_.token, people_);
  const fs::path to = folder_ / "killed", partial = folder_ / "killed.partial";
  const auto copied_stores = [&] {
    std::error_code gone;
    return std::distance(fs::directory_iterator(partial, gone), fs::directory_iterator());
  };
  // A command that was too fast to be killed runs again.
  const auto kill_when = [&](const std::function<bool()>& is_time) {
    bool is_killed = false;
    for (int tries = 0; tries < kKillTries && !is_killed; ++tries) {
      fs::remove_all(to);
      is_killed = run_until({"backup", "--data", tenant_.data, "--to", to}, is_time);
      fs::remove_all(partial);
    }
    EXPECT_TRUE(is_killed);
  };
  kill_when([&] { return fs::exists(tenant_.data + "/backup.tmp"); });
  for (const int stores : {1, 3, 5}) kill_when([&] { return copied_stores() >= stores; });
  const auto before = writers.acknowledged();
  const Finished made = backup(folder_ / "whole");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_FALSE(fs::exists(tenant_.data + "/backup.tmp"));
  writers.stop();
  EXPECT_GT(writers.acknowledged().front(), 0U);
  expect_at_least(folder_ / "whole", before);
}

TEST_F(Backup, TheFolderOfAServerThatWasKilledMeanwhileIsBackedUp) {
  std::vector<std::uint64_t> acknowledged;
  {
    ServerProcess server(tenant_.data, {"--throttle", "off"});
    Writers writers(server.port(), tenant_.token, people_);
    while (writers.acknowledged().back() == 0) std::this_thread::yield();
    run_until({"backup", "--data", tenant_.data, "--to", folder_ / "killed"}, [&] {
      const bool is_time = fs::exists(tenant_.data + "/backup.tmp");
      if (is_time) server.stop(SIGKILL);
      return is_time;
    });
    writers.stop();
    acknowledged = writers.acknowledged();
  }
  const Finished made = backup(folder_ / "stopped");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  expect_at_least(folder_ / "stopped", acknowledged);
  // A start removes what an interrupted backup left.
  fs::create_directory(tenant_.data + "/backup.tmp");
  const ServerProcess again(tenant_.data);
  EXPECT_FALSE(fs::exists(tenant_.data + "/backup.tmp"));
}

}  // namespace
}  // namespace porchlight
