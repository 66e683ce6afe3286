#include "nats/servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/logging.h"
#include "nats/streams.h"

namespace porchlight::nats {

const std::optional<std::string>& engine_program() {
  static const std::optional<std::string> program = []() -> std::optional<std::string> {
    std::FILE* const script = ::popen(PORCHLIGHT_ENGINE_SCRIPT " " PORCHLIGHT_ENGINE_FOLDER, "r");
    char line[4096] = {};
    const bool is_read = script && std::fgets(line, sizeof line, script);
    if (!script || ::pclose(script) != 0 || !is_read) return std::nullopt;
    std::string path(line);
    if (path.ends_with('\n')) path.pop_back();
    return path;
  }();
  return program;
}

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  ::close(listener);
  return ntohs(address.sin_port);
}

EngineServer::EngineServer(unsigned number, const std::vector<int>& peers, std::string more)
    : port_(free_port()), http_port_(free_port()) {
  std::ofstream config(folder_ / "config");
  config << fmt::format(
      "server_name: n{}\nlisten: 127.0.0.1:{}\nhttp: 127.0.0.1:{}\nports_file_dir: \"{}\"\n"
      "jetstream {{ store_dir: \"{}\", {} }}\n",
      number, port_, http_port_, (folder_ / "").string(), (folder_ / "data").string(), more);
  if (peers.empty()) return;
  std::string routes;
  for (const int peer : peers)
    if (peer != peers[number - 1])
      routes += fmt::format("{}nats://127.0.0.1:{}", routes.empty() ? "" : ", ", peer);
  config << fmt::format("cluster {{ name: cell, listen: 127.0.0.1:{}, pool_size: -1, routes: [{}] }}\n",
                        peers[number - 1], routes);
}

EngineServer::~EngineServer() { kill(); }

void EngineServer::start() {
  const std::string program = engine_program().value(), config = (folder_ / "config").string();
  const int log_file = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log_file, STDOUT_FILENO);
    ::dup2(log_file, STDERR_FILENO);
    ::execl(program.c_str(), program.c_str(), "-c", config.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(log_file);
  // The server writes the file of its ports when it listens.
  const auto ports = folder_ / fmt::format("nats-server_{}.ports", pid_);
  const auto has_ended = [this] { return ::waitpid(pid_, nullptr, WNOHANG) != 0; };
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(ports) || has_ended(); }));
  if (std::filesystem::exists(ports)) return;
  pid_ = 0;
  FAIL() << "the server ended: " << log();
}

std::string EngineServer::log() const {
  std::ifstream text(folder_ / "log");
  return {std::istreambuf_iterator<char>(text), {}};
}

void EngineServer::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void EngineServer::pause(bool is_paused) {
  ::kill(pid_, is_paused ? SIGSTOP : SIGCONT);
  siginfo_t stopped{};
  if (is_paused) ::waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED);
}

EngineServers::EngineServers(std::size_t count, const std::string& more) {
  std::vector<int> peers;
  if (count > 1)
    for (std::size_t place = 0; place < count; ++place) peers.push_back(free_port());
  for (unsigned number = 1; number <= count; ++number)
    servers_.push_back(std::make_unique<EngineServer>(number, peers, more));
  for (const auto& server : servers_) server->start();
}

EngineOptions EngineServers::options(const std::string& name) const {
  EngineOptions options{.servers = {}, .files = {}, .name = name};
  for (const auto& server : servers_) options.servers.push_back(server->address());
  return options;
}

std::vector<std::string> EngineServers::monitoring() const {
  std::vector<std::string> all;
  for (const auto& server : servers_) all.push_back(server->monitoring());
  return all;
}

std::string EngineServers::logs() const {
  std::string all;
  for (const auto& server : servers_) all += "\n" + server->log();
  return all;
}

void WithEngine::SetUp() {
  // Before the first thread: the log's own start is not safe for several.
  static const bool is_started = (start_logging("off"), true);
  ASSERT_TRUE(is_started);
  if (engine_program()) return;
  if (std::getenv("PORCHLIGHT_ALL_TESTS")) FAIL() << "scripts/engine could not fetch the engine";
  GTEST_SKIP() << "scripts/engine could not fetch the engine";
}

std::unique_ptr<EngineServers> WithOneServer::servers;
std::unique_ptr<Engine> WithOneServer::engine;

void WithOneServer::TearDownTestSuite() {
  engine.reset();
  servers.reset();
}

void WithOneServer::SetUp() {
  WithEngine::SetUp();
  if (!engine_program() || servers) return;
  servers = std::make_unique<EngineServers>(1);
  engine = std::make_unique<Engine>(servers->options());
  ASSERT_TRUE(eventually([] { return engine->is_connected(); }));
}

std::string WithOneServer::make_cell(std::uint32_t shards) {
  static int cells = 0;
  const std::string cell = "cell" + std::to_string(++cells);
  const auto made =
      make_streams(*engine, {.cell = cell, .shards = shards, .replicas = 1}, std::chrono::seconds(30));
  EXPECT_TRUE(made) << made.error();
  return cell;
}

}  // namespace porchlight::nats
