// Listening sockets, and the admin socket.
#include "http/listen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <latch>
#include <memory>
#include <numeric>
#include <thread>

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

Client connect_tcp(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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

// The sockets of one address, closed at the end.
class Sockets {
 public:
  Sockets(std::string_view address, int count) {
    for (int i = 0; i < count; ++i) {
      const auto fd = fds_.empty() ? listen_tcp(address) : share_listener(fds_.front());
      if (!fd) {
        error_ = fd.error();
        return;
      }
      fds_.push_back(*fd);
    }
  }
  ~Sockets() {
    for (const int fd : fds_) ::close(fd);
  }
  int port() const { return port_of(fds_.at(0)); }
  std::size_t size() const { return fds_.size(); }
  const std::string& error() const { return error_; }
  // How many connections wait at each socket.
  std::vector<int> accept_all() const {
    std::vector<int> counts;
    for (const int fd : fds_) {
      counts.push_back(0);
      for (int got; (got = ::accept(fd, nullptr, nullptr)) >= 0; ++counts.back()) ::close(got);
    }
    return counts;
  }

 private:
  std::vector<int> fds_;
  std::string error_;
};

TEST(ListenTcp, SharesAPortBetweenLoops) {
  const Sockets sockets("127.0.0.1:0", 4);
  ASSERT_EQ(sockets.size(), 4u) << sockets.error();
  std::vector<Client> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(connect_tcp(sockets.port()));
  const std::vector<int> counts = sockets.accept_all();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), 200);
  for (const int count : counts) EXPECT_GT(count, 0) << "the kernel distributes connections over all of them";
}

// Each row: the address that a server has, with how many sockets, and the address that a second server asks for. PORT
// is the first one's port.
TEST(ListenTcp, RefusesAnAddressThatIsInUse) {
  const bool has_v6 = Sockets("[::1]:0", 1).size() == 1;
  struct Row {
    std::string_view first;
    int sockets;
    std::string second;
    bool refused;
  };
  const Row rows[] = {
      {"127.0.0.1:0", 1, "127.0.0.1:PORT", true},  {"127.0.0.1:0", 4, "127.0.0.1:PORT", true},
      {"127.0.0.1:0", 4, "localhost:PORT", true},  {"127.0.0.1:0", 4, "0.0.0.0:PORT", true},
      {"0.0.0.0:0", 4, "127.0.0.1:PORT", true},    {"0.0.0.0:0", 1, "0.0.0.0:PORT", true},
      {"[::]:0", 2, "127.0.0.1:PORT", true},       {"[::]:0", 2, "[::1]:PORT", true},
      {"[::1]:0", 4, "[::1]:PORT", true},          {"127.0.0.1:0", 2, "[::]:PORT", true},
      {"127.0.0.1:0", 4, "127.0.0.2:PORT", false}, {"127.0.0.1:0", 4, "[::1]:PORT", false},
      {"127.0.0.1:0", 4, "127.0.0.1:0", false},
  };
  for (Row row : rows) {
    if (!has_v6 && (row.first.starts_with('[') || row.second.starts_with('['))) continue;
    const Sockets first(row.first, row.sockets);
    ASSERT_EQ(first.error(), "");
    if (const auto at = row.second.find("PORT"); at != std::string::npos)
      row.second.replace(at, 4, std::to_string(first.port()));
    const Sockets second(row.second, 4);
    EXPECT_EQ(second.size(), row.refused ? 0u : 4u) << row.first << " then " << row.second << second.error();
    if (!row.refused) continue;
    EXPECT_THAT(second.error(), HasSubstr("cannot listen on " + row.second + ": the address is in use"));
  }
}

TEST(ListenTcp, AnAddressIsFreeOnceItsServerEnds) {
  std::string address = "127.0.0.1:0";
  for (int round = 0; round < 3; ++round) {
    const Sockets sockets(address, 2);
    ASSERT_EQ(sockets.error(), "");
    const Client client = connect_tcp(sockets.port());  // its connection outlives the server's sockets
    address = "127.0.0.1:" + std::to_string(sockets.port());
  }
}

TEST(ListenTcp, OfServersThatStartAtOnceOneGetsTheAddress) {
  for (int round = 0; round < 50; ++round) {
    const std::string address =
        "127.0.0.1:" + std::to_string(std::make_unique<Sockets>("127.0.0.1:0", 1)->port());
    std::atomic<int> winners = 0;
    std::latch ready(4), done(4);
    std::vector<std::thread> servers;
    for (int i = 0; i < 4; ++i) {
      servers.emplace_back([&] {
        ready.arrive_and_wait();
        const Sockets sockets(address, 3);
        winners += sockets.size() == 3;
        done.arrive_and_wait();
      });
    }
    for (std::thread& server : servers) server.join();
    EXPECT_EQ(winners, 1) << address;
  }
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
