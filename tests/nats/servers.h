// Servers of the message engine as processes of their own, on loopback.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "nats/engine.h"
#include "support/temp_folder.h"

namespace porchlight::nats {

// The path of the engine's program; scripts/engine fetches it for the first test. nullopt without a network.
const std::optional<std::string>& engine_program();

// Waits until a condition is true. Returns false if it is not within a minute: then the test fails.
template <typename Condition>
bool eventually(Condition&& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// A server. It is killed by the destructor, if it still runs.
class EngineServer {
 public:
  // `number` names it; `peers`: the ports of all servers of its cluster, its own included; empty: it is alone. `more`
  // is added to its settings for JetStream.
  EngineServer(unsigned number, const std::vector<int>& peers, std::string more);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;

  // With the ports and data of before.
  void start();
  // SIGKILL.
  void kill();
  // SIGSTOP and SIGCONT. A server that is paused does nothing from the return on.
  void pause(bool is_paused);
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // What it has logged.
  std::string log() const;
  std::string monitoring() const { return "http://127.0.0.1:" + std::to_string(http_port_); }

 private:
  TempFolder folder_;
  int port_, http_port_;
  pid_t pid_ = 0;
};

// Servers that form a cluster, or one that is alone.
class EngineServers {
 public:
  explicit EngineServers(std::size_t count, const std::string& more = "sync_interval: always");
  EngineServer& at(std::size_t place) { return *servers_[place]; }
  EngineOptions options(const std::string& name = "n1") const;
  std::vector<std::string> monitoring() const;
  std::string logs() const;

 private:
  std::vector<std::unique_ptr<EngineServer>> servers_;
};

// A free port of the loopback interface.
int free_port();

// Skips the test if the engine cannot be fetched; with PORCHLIGHT_ALL_TESTS in the environment it fails.
class WithEngine : public ::testing::Test {
 protected:
  void SetUp() override;
};

// One server for all tests of a suite, and an engine connected to it.
class WithOneServer : public WithEngine {
 protected:
  static void TearDownTestSuite();
  void SetUp() override;
  // Makes the streams of a cell that no other test uses, and returns its name.
  std::string make_cell(std::uint32_t shards = 1);

  static std::unique_ptr<EngineServers> servers;
  static std::unique_ptr<Engine> engine;
};

}  // namespace porchlight::nats
