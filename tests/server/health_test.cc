// porchlight health: what it prints and its exit code, for each state of a server.
#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "commands.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class HealthCommand : public Commands {
 protected:
  // Starts a server; its address is in `url_`.
  std::unique_ptr<Child> started() {
    std::unique_ptr<Child> server = serve();
    url_ = server->line().substr(std::string("listening on ").size());
    return server;
  }

  std::string url_;
};

// Answers one request on a Unix socket with this text.
class OneAnswer {
 public:
  OneAnswer(const std::string& path, std::string answer)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    thread_ = std::jthread([this, text = std::move(answer)] {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      char request[4096];
      EXPECT_GT(::recv(fd, request, sizeof request, 0), 0);
      EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
      ::close(fd);
    });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(listener_);
  }

 private:
  int listener_;
  std::jthread thread_;
};

TEST_F(HealthCommand, AReadyServer) {
  done({"init"});
  const auto server = started();
  const std::string by_socket = done({"health"});
  EXPECT_THAT(by_socket, AllOf(StartsWith("ok\n"), HasSubstr("\nlog: takes writes\n")));
  const Ran by_url = run_program({"health", "--url", url_});
  EXPECT_EQ(by_url.code, 0) << by_url.err;
  EXPECT_THAT(by_url.out, StartsWith("ok\n"));
}

TEST_F(HealthCommand, AServerThatIsNotReady) {
  done({"init"});
  const OneAnswer server(data_ + "/admin.sock",
                         "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 36\r\n\r\n"
                         "not ready: starting or stopping\nlog:\n");
  const Ran ran = run({"health"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("not ready: starting or stopping\n"));
  EXPECT_THAT(ran.err, HasSubstr("the server is not ready: HTTP status 503"));
}

TEST_F(HealthCommand, SomethingThatIsNoServer) {
  done({"init"});
  const OneAnswer server(data_ + "/admin.sock", "220 smtp\r\n");
  refused({"health"}, "the server does not answer at " + data_ + ": ");
}

TEST_F(HealthCommand, AStoppedServer) {
  done({"init"});
  refused({"health"}, "no server runs on " + data_);
  const auto server = started();
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0);
  refused({"health"}, "no server runs on " + data_);
  const Ran by_url = run_program({"health", "--url", url_});
  EXPECT_EQ(by_url.code, 1);
  EXPECT_THAT(by_url.err, HasSubstr("the server does not answer at " + url_));
}

// A server that was killed leaves its socket.
TEST_F(HealthCommand, AStaleSocket) {
  done({"init"});
  const auto server = started();
  server->signal(SIGKILL);
  server->wait();
  ASSERT_TRUE(std::filesystem::exists(data_ + "/admin.sock"));
  refused({"health"}, "no server runs on " + data_);
}

TEST_F(HealthCommand, AWrongFolder) {
  refused({"health"}, "porchlight init");
  std::filesystem::create_directory(data_);
  refused({"health"}, "porchlight init");
  data_ += "/" + std::string(120, 'x');
  done({"init"});
  refused({"health"}, "the path is too long for a socket");
}

TEST_F(HealthCommand, Usage) {
  const Ran help = run_program({"health", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out,
              AllOf(HasSubstr("Usage: porchlight health"), HasSubstr("--url URL"), HasSubstr("exit code")));
  const std::vector<std::vector<std::string>> rows = {
      {"health"},
      {"health", "--data", data_, "--url", "http://127.0.0.1:1"},
      {"health", "--url", "127.0.0.1:80"},
      {"health", "--url", "ftp://127.0.0.1"},
      {"health", "--url", "http://127.0.0.1/readyz"},
  };
  for (const auto& row : rows) {
    const Ran ran = run_program(row);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(row);
    EXPECT_NE(ran.err, "") << testing::PrintToString(row);
  }
}

}  // namespace
}  // namespace porchlight::server
