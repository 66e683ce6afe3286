// The built server under a service manager, whose part the test takes: it holds the listening socket, and receives the
// messages.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "process.h"

namespace porchlight {
namespace {

constexpr int kPassed = 3;  // SD_LISTEN_FDS_START

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A socket that listens, as a service manager holds it: blocking, and not with SO_REUSEPORT.
class HeldSocket {
 public:
  HeldSocket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 4096), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~HeldSocket() { ::close(fd_); }
  int fd() const { return fd_; }
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

// Receives the messages of the server.
class MessageSocket {
 public:
  explicit MessageSocket(const std::filesystem::path& path)
      : path_(path), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval longest{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  }
  ~MessageSocket() { ::close(fd_); }
  const std::filesystem::path& path() const { return path_; }
  // Waits for a message that begins so. Returns it; empty if none comes.
  std::string await(std::string_view begin) const {
    char text[4096];
    for (ssize_t size; (size = ::recv(fd_, text, sizeof text, 0)) > 0;) {
      const std::string message(text, static_cast<std::size_t>(size));
      if (message.starts_with(begin)) return message;
    }
    return {};
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

// Starts `porchlight serve` with the socket as descriptor 3, under this name.
pid_t start_server(const std::string& data, const HeldSocket& socket, const MessageSocket& messages,
                   const char* socket_name = "http") {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", socket_name, 1);
  ::setenv("PORCHLIGHT_LISTEN", "127.0.0.1:0", 1);  // unless a passed socket takes its place
  ::setenv("NOTIFY_SOCKET", messages.path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "200000", 1);
  if (socket.fd() == kPassed)
    ::fcntl(kPassed, F_SETFD, 0);
  else
    ::dup2(socket.fd(), kPassed);
  const std::string program = program_path();
  const char* const args[] = {program.c_str(), "serve", "--data", data.c_str(), "--threads", "3", nullptr};
  ::execv(program.c_str(), const_cast<char* const*>(args));
  ::_exit(127);
}

int stop_server(pid_t pid) {
  ::kill(pid, SIGTERM);
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

// What became of a request on a connection of its own.
enum class Outcome { kAnswered, kClosed, kRefused };
Outcome ask(std::uint16_t port, const std::string& path) {
  const sockaddr_in address = loopback(port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Outcome outcome = Outcome::kRefused;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char begin[16] = "";
    const bool sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
    const bool answered = sent && ::recv(fd, begin, 12, MSG_WAITALL) == 12;
    outcome = answered && std::string_view(begin) == "HTTP/1.1 200" ? Outcome::kAnswered : Outcome::kClosed;
  }
  ::close(fd);
  return outcome;
}

// A socket by its name, and a path that is served there.
class ActivationRestart : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Sockets, ActivationRestart,
                         testing::Values(std::pair("http", "/healthz"), std::pair("metrics", "/metrics")),
                         [](const auto& test) { return std::string(test.param.first); });

TEST_P(ActivationRestart, RefusesNoConnection) {
  const auto [name, path] = GetParam();
  const TempFolder folder;
  const TestTenant tenant(folder / "data");
  const HeldSocket socket;
  const MessageSocket messages(folder / "notify");
  pid_t server = start_server(tenant.data, socket, messages, name);
  ASSERT_NE(messages.await("READY=1\n"), "");
  std::atomic<bool> ended = false;
  std::atomic<int> answered = 0, refused = 0;
  std::vector<std::jthread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, served = std::string(path)] {
      while (!ended) {
        const Outcome outcome = ask(socket.port(), served);
        answered += outcome == Outcome::kAnswered;
        refused += outcome == Outcome::kRefused;
      }
    });
  }
  for (int restart = 0; restart < 3; ++restart) {
    const int before = answered;
    EXPECT_EQ(stop_server(server), 0);
    server = start_server(tenant.data, socket, messages, name);
    EXPECT_NE(messages.await("READY=1\n"), "");
    while (answered < before + 20) std::this_thread::yield();
  }
  ended = true;
  clients.clear();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(stop_server(server), 0);
}

// SIGHUP ends a process that does not expect it. During the start and the stop, and a thousand of them.
TEST(Activation, SignalsToReloadAreSafeAtAnyMoment) {
  const TempFolder folder;
  const TestTenant tenant(folder / "data");
  const HeldSocket socket;
  const MessageSocket messages(folder / "notify");
  const pid_t server = start_server(tenant.data, socket, messages);
  const auto hang_up = [server](int times) {
    for (int i = 0; i < times; ++i) EXPECT_EQ(::kill(server, SIGHUP), 0);
  };
  EXPECT_NE(messages.await("STATUS=starting\n"), "");
  hang_up(100);
  EXPECT_NE(messages.await("READY=1\n"), "");
  EXPECT_NE(messages.await("RELOADING=1\n"), "") << "the one that waited for the start";
  EXPECT_NE(messages.await("READY=1\n"), "");
  hang_up(1000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(socket.port(), "/readyz"), Outcome::kAnswered);
  EXPECT_EQ(run({"reload", "--data", tenant.data}).out, "nothing has changed\n");
  ::kill(server, SIGTERM);
  EXPECT_NE(messages.await("STOPPING=1\n"), "");
  hang_up(100);
  int status = -1;
  ::waitpid(server, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Activation, TheManagerIsToldEachState) {
  const TempFolder folder;
  const TestTenant tenant(folder / "data");
  const HeldSocket socket;
  const MessageSocket messages(folder / "notify");
  const pid_t server = start_server(tenant.data, socket, messages);
  EXPECT_EQ(messages.await("READY=1\n"),
            "READY=1\nSTATUS=serving http://127.0.0.1:" + std::to_string(socket.port()) + "\n");
  EXPECT_EQ(messages.await("WATCHDOG=1"), "WATCHDOG=1\n");
  ::kill(server, SIGHUP);
  EXPECT_NE(messages.await("RELOADING=1\nMONOTONIC_USEC="), "");
  EXPECT_NE(messages.await("READY=1\n"), "");
  EXPECT_EQ(run({"reload", "--data", tenant.data}).out, "nothing has changed\n");
  EXPECT_NE(messages.await("RELOADING=1\n"), "");
  ::kill(server, SIGTERM);
  EXPECT_EQ(messages.await("STOPPING=1\n"), "STOPPING=1\nSTATUS=stopping\n");
  int status = -1;
  ::waitpid(server, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace porchlight
