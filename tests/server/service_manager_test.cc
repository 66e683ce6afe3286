// Messages to the service manager, received by a socket of the test as systemd's would.
#include "server/service_manager.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>

#include "server/progress_reporter.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::MatchesRegex;
using namespace std::chrono_literals;

// Receives datagrams at a path or, with '@' before it, an abstract name.
class FakeManager {
 public:
  explicit FakeManager(std::string name)
      : name_(std::move(name)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0) << std::strerror(errno);
  }
  ~FakeManager() { ::close(fd_); }
  node::Environment environment() const { return {{"NOTIFY_SOCKET", name_}}; }
  // The next message; waits for it.
  std::string next() const { return receive(0); }
  // The next message; empty if no message has come.
  std::string pending() const { return receive(MSG_DONTWAIT); }

 private:
  std::string receive(int flags) const {
    char text[4096];
    const ssize_t size = ::recv(fd_, text, sizeof text, flags);
    return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
  }
  std::string name_;
  int fd_;
};

TEST(ServiceManager, SendsADatagramForEachState) {
  const TempFolder folder;
  const FakeManager fake(folder / "notify");
  ServiceManager manager(fake.environment());
  manager.status("replaying 3 of 64 shards");
  EXPECT_EQ(fake.pending(), "STATUS=replaying 3 of 64 shards\n");
  manager.status("replaying 3 of 64 shards");
  EXPECT_EQ(fake.pending(), "") << "not again";
  manager.extend_start(30s);
  EXPECT_EQ(fake.pending(), "EXTEND_TIMEOUT_USEC=30000000\n");
  manager.ready("serving");
  EXPECT_EQ(fake.pending(), "READY=1\nSTATUS=serving\n");
  manager.reloading();
  EXPECT_THAT(fake.pending(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*\n"));
  manager.alive();
  EXPECT_EQ(fake.pending(), "WATCHDOG=1\n");
  manager.stopping();
  EXPECT_EQ(fake.pending(), "STOPPING=1\nSTATUS=stopping\n");
}

TEST(ServiceManager, KnowsAbstractSockets) {
  const FakeManager fake("@porchlight-test-" + std::to_string(::getpid()));
  ServiceManager manager(fake.environment());
  EXPECT_TRUE(manager.is_there());
  manager.alive();
  EXPECT_EQ(fake.pending(), "WATCHDOG=1\n");
}

TEST(ServiceManager, AStatusIsOneLine) {
  const TempFolder folder;
  const FakeManager fake(folder / "notify");
  ServiceManager manager(fake.environment());
  manager.status("a\nREADY=1\tb");
  EXPECT_EQ(fake.pending(), "STATUS=a READY=1 b\n");
}

TEST(ServiceManager, IsSilentWithoutASocket) {
  const std::string longest(sizeof(sockaddr_un::sun_path), 'a');
  for (const std::string& name : {std::string(), std::string("/"), std::string("relative"),
                                  std::string("/nowhere/notify"), std::string("vsock:2:1"), "/" + longest}) {
    const node::Environment environment = {{"NOTIFY_SOCKET", name}};
    ServiceManager manager(environment);
    EXPECT_FALSE(manager.is_there()) << name;
    manager.ready("serving");
  }
  EXPECT_FALSE(ServiceManager(node::Environment()).is_there());
}

TEST(ServiceManager, ReadsTheWatchdog) {
  const auto watchdog = [](const node::Environment& environment) {
    return ServiceManager(environment).watchdog();
  };
  const std::string own = std::to_string(::getpid());
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "30000000"}}), 30s);
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", own}}), 30s);
  EXPECT_FALSE(watchdog({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}));
  for (const char* wrong : {"", "0", "-1", "1s", "99999999999999999999"})
    EXPECT_FALSE(watchdog({{"WATCHDOG_USEC", wrong}})) << wrong;
}

TEST(ProgressReporter, TheWatchdogNeedsProgress) {
  const TempFolder folder;
  const FakeManager fake(folder / "notify");
  node::Environment environment = fake.environment();
  environment["WATCHDOG_USEC"] = "600000000";  // the thread reports once, at its begin
  ServiceManager manager(environment);
  std::atomic<bool> progresses = false;
  ProgressReporter reporter(
      manager, [&] { return progresses.load(); }, [] { return "serving"; });
  EXPECT_EQ(fake.next(), "STATUS=serving\n");
  reporter.report();
  EXPECT_EQ(fake.pending(), "");
  progresses = true;
  reporter.report();
  EXPECT_EQ(fake.next(), "WATCHDOG=1\n");
}

TEST(ProgressReporter, WithoutAWatchdogOnlyTheStateIsReported) {
  const TempFolder folder;
  const FakeManager fake(folder / "notify");
  ServiceManager manager(fake.environment());
  ProgressReporter reporter(
      manager, [] { return true; }, [] { return "serving"; });
  EXPECT_EQ(fake.next(), "STATUS=serving\n");
  reporter.report();
  EXPECT_EQ(fake.pending(), "");
}

}  // namespace
}  // namespace porchlight::server
