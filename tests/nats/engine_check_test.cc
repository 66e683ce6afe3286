#include "nats/engine_check.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "nats/servers.h"

namespace porchlight::nats {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

// What a server says of itself.
std::string varz(std::string_view version, std::string_view jetstream) {
  return R"({"server_id":"NA","version":")" + std::string(version) + R"(","jetstream":)" +
         std::string(jetstream) + "}";
}
constexpr std::string_view kSynced = R"({"config":{"sync_interval":120000000000,"sync_always":true}})";

TEST(FaultOfServer, IsNothingForAServerThatKeepsWhatItAcknowledges) {
  for (const char* const version : {"2.10.27", "2.10.28", "2.11.0", "2.12.1-beta.1", "3.0.0"})
    EXPECT_EQ(fault_of_server(varz(version, kSynced)), std::nullopt) << version;
}

TEST(FaultOfServer, IsAnOldVersion) {
  for (const char* const version : {"2.10.26", "2.9.10", "1.99.99", "2", "2.10", "2.10.", "v2.11.0", ""})
    EXPECT_THAT(fault_of_server(varz(version, kSynced)), Optional(HasSubstr("use 2.10.27 or later")))
        << version;
}

TEST(FaultOfServer, IsAnAcknowledgementBeforeTheDisk) {
  for (const char* const jetstream :
       {R"({"config":{"sync_interval":120000000000}})", R"({"config":{"sync_always":false}})",
        R"({"config":{"sync_always":"true"}})"})
    EXPECT_THAT(fault_of_server(varz("2.10.27", jetstream)), Optional(HasSubstr("sync_interval: always")));
}

TEST(FaultOfServer, IsAMissingJetStream) {
  EXPECT_THAT(fault_of_server(varz("2.10.27", "{}")), Optional(HasSubstr("no JetStream")));
  EXPECT_THAT(fault_of_server(R"({"version":"2.10.27"})"), Optional(HasSubstr("no JetStream")));
}

TEST(FaultOfServer, IsAnythingElse) {
  for (const char* const text : {"", "{", "[]", "null", R"({"version":2})", "<html>"})
    EXPECT_THAT(fault_of_server(text), Optional(HasSubstr("does not say its version"))) << text;
}

// Answers one request with these bytes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes) {
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, bytes = std::move(bytes)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      char request[4096];
      EXPECT_GT(::recv(connection, request, sizeof request, 0), 0);
      for (std::string_view rest = bytes; !rest.empty();) {
        const auto sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
      ::close(connection);
    });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(listener_);
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_;
  std::thread thread_;
};

std::string answer(const std::string& body) { return "HTTP/1.0 200 OK\r\n\r\n" + body; }

TEST(CheckEngine, RejectsAnOldServer) {
  const OneAnswer old(answer(varz("2.9.10", kSynced)));
  const auto checked = check_engine({old.address()}, "");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error(), HasSubstr(old.address() + ": its version is 2.9.10"));
}

TEST(CheckEngine, BoundsTheAnswer) {
  const std::string body = varz("2.10.27", kSynced);
  const OneAnswer largest(answer(body + std::string(kMonitoringBytesMax - body.size(), ' ')));
  EXPECT_TRUE(check_engine({largest.address()}, ""));
  const OneAnswer larger(answer(body + std::string(kMonitoringBytesMax - body.size() + 1, ' ')));
  EXPECT_THAT(check_engine({larger.address()}, "").error(), HasSubstr("too long"));
}

TEST(CheckEngine, RejectsWhatItCannotAsk) {
  EXPECT_THAT(check_engine({}, "").error(), HasSubstr("no monitoring address"));
  EXPECT_THAT(check_engine({"http://127.0.0.1:" + std::to_string(free_port())}, "").error(),
              HasSubstr("connect"));
  EXPECT_FALSE(check_engine({"file:///etc"}, ""));
  const OneAnswer moved("HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n");
  EXPECT_THAT(check_engine({moved.address()}, "").error(), HasSubstr("302"));
}

class RealServer : public WithEngine {};

TEST_F(RealServer, IsAccepted) {
  const EngineServers servers(1);
  const auto checked = check_engine(servers.monitoring(), "");
  EXPECT_TRUE(checked) << checked.error();
}

TEST_F(RealServer, MustWriteThroughToTheDisk) {
  const EngineServers servers(1, "sync_interval: 2m");
  const auto checked = check_engine(servers.monitoring(), "");
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error(), HasSubstr("sync_interval: always"));
}

}  // namespace
}  // namespace porchlight::nats
