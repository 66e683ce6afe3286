#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nats/engine.h"

namespace porchlight::nats {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

EngineOptions options_of(std::vector<std::string> servers) {
  return {.servers = std::move(servers), .files = {}, .name = "n1"};
}

TEST(EngineOptions, NameServers) {
  EXPECT_THAT(fault_of(options_of({})), Optional(HasSubstr("1 to 7 servers")));
  std::vector<std::string> servers;
  for (std::size_t port = 1; port <= kServersMax; ++port)
    servers.push_back("127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(fault_of(options_of(servers)), std::nullopt);
  servers.push_back("127.0.0.1:99");
  EXPECT_THAT(fault_of(options_of(servers)), Optional(HasSubstr("1 to 7 servers")));
  EXPECT_THAT(fault_of(options_of({"localhost:1", "localhost:1"})), Optional(HasSubstr("twice")));
  for (const char* const server :
       {"", "localhost", ":1", "localhost:", "localhost:0", "localhost:65536", "localhost:1x",
        "user:password@localhost:1", "nats://localhost:1", "a b:1", "[]:1"})
    EXPECT_THAT(fault_of(options_of({server})), Optional(HasSubstr("is not host:port"))) << server;
  for (const char* const server : {"localhost:1", "127.1.2.3:65535", "[::1]:4222"})
    EXPECT_EQ(fault_of(options_of({server})), std::nullopt) << server;
}

TEST(EngineOptions, HaveCertificatesForOtherMachines) {
  for (const char* const server : {"10.0.0.1:4222", "n1.example:4222", "127.0.0.1.example:1", "[::2]:1"}) {
    EngineOptions options = options_of({server});
    EXPECT_THAT(fault_of(options), Optional(HasSubstr("needs certificates"))) << server;
    options.files = {.ca = "ca.pem", .certificate = "n1.pem", .key = "n1.key"};
    EXPECT_EQ(fault_of(options), std::nullopt) << server;
    options.files.key.clear();
    EXPECT_THAT(fault_of(options), Optional(HasSubstr("all of the engine's")));
  }
}

TEST(EngineOptions, HaveALongestServer) {
  const std::string port = ":4222";
  EngineOptions options = options_of({std::string(kServerBytesMax - port.size(), 'n') + port});
  options.files = {.ca = "ca.pem", .certificate = "n1.pem", .key = "n1.key"};
  EXPECT_EQ(fault_of(options), std::nullopt);
  options.servers.front().insert(0, "n");
  EXPECT_THAT(fault_of(options), Optional(HasSubstr("is not host:port")));
}

TEST(EngineOptions, NameTheNode) {
  for (const char* const name : {"", "n.1", "N1", "n 1"}) {
    EngineOptions options = options_of({"localhost:1"});
    options.name = name;
    EXPECT_THAT(fault_of(options), Optional(HasSubstr("name of the node"))) << name;
  }
}

}  // namespace
}  // namespace porchlight::nats
