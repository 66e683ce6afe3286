// Listening sockets, and the admin socket.
#include "http/listen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "http/folder.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

using testing::HasSubstr;

Client connect_unix(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return Client(fd);
}

TEST(ListenTcp, AcceptsIpv4AndIpv6Addresses) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", "[::1]:0"}) {
    const auto fd = listen_tcp(address);
    if (!fd && std::string_view(address).starts_with("[")) continue;  // a machine without IPv6
    ASSERT_TRUE(fd) << fd.error();
    EXPECT_GT(port_of(*fd), 0);
    ::close(*fd);
  }
}

TEST(ListenTcp, SharesAPortBetweenLoops) {
  const int first = listen_tcp("127.0.0.1:0").value();
  const auto second = listen_tcp("127.0.0.1:" + std::to_string(port_of(first)));
  ASSERT_TRUE(second) << second.error();
  ::close(first);
  ::close(*second);
}

TEST(ListenTcp, ErrorsNameTheReason) {
  for (const char* address :
       {"", "127.0.0.1", "::1:80", "127.0.0.1:http", "127.0.0.1:99999", "no.such.invalid:1"}) {
    const auto fd = listen_tcp(address);
    ASSERT_FALSE(fd) << address;
    EXPECT_THAT(fd.error(), HasSubstr(std::string("cannot listen on ") + address));
  }
}

TEST(ListenUnix, IsForItsOwnerOnlyAndReplacesAStaleOne) {
  const Folder folder;
  const std::string path = folder.path() / "admin.sock";
  const int first = listen_unix(path).value();
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_FALSE(listen_unix(path)) << "another process listens there";
  ::close(first);
  const auto second = listen_unix(path);
  ASSERT_TRUE(second) << second.error();
  ::close(*second);
}

TEST(ListenUnix, LeavesOtherFilesAlone) {
  const Folder folder;
  const std::string path = folder.path() / "admin.sock";
  std::ofstream(path) << "precious";
  EXPECT_FALSE(listen_unix(path));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(listen_unix(std::string(200, 'x')));
}

TEST(AdminSocket, HasNoLimitForUnauthenticatedClients) {
  const Folder folder;
  const std::string path = folder.path() / "admin.sock";
  const int listener = listen_unix(path).value();
  TestHandler handler;
  const ManualClock clock(kStart);
  const Limits limits{.unauthenticated_per_address = 1};
  Loop loop(handler, clock, limits, make_connection_limiter(limits), nullptr,
            {{listener, ListenerKind::kAdmin}});
  std::thread thread([&] { loop.run(); });
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect_unix(path));
    EXPECT_THAT(clients.back().send(get("/peer")).answer(), testing::EndsWith("\r\n\r\n")) << "no address";
  }
  loop.drain(Duration(0));
  thread.join();
  ::close(listener);
}

}  // namespace
}  // namespace porchlight::http
