#include "loadtest/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace porchlight::loadtest {
namespace {

constexpr std::uint32_t kFirstSource = 0x7F000002;  // 127.0.0.2
constexpr std::uint32_t kLoopbackNet = 127;

sockaddr_in socket_address(std::uint32_t address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_addr.s_addr = htonl(address);
  made.sin_port = htons(port);
  return made;
}

}  // namespace

std::string LoopbackServer::host() const {
  char text[INET_ADDRSTRLEN];
  const in_addr wire{htonl(address)};
  ::inet_ntop(AF_INET, &wire, text, sizeof text);
  return std::string(text) + ':' + std::to_string(port);
}

std::expected<LoopbackServer, std::string> parse_loopback_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::unexpected("is not of the form http://127.0.0.1:8080");
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.find(':');
  if (colon == url.npos) return std::unexpected("has no port");
  const std::string_view port = url.substr(colon + 1);
  LoopbackServer server{};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (error != std::errc() || end != port.data() + port.size() || server.port == 0)
    return std::unexpected("has an invalid port");
  std::string host(url.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  in_addr wire{};
  if (::inet_pton(AF_INET, host.c_str(), &wire) != 1 || ntohl(wire.s_addr) >> 24 != kLoopbackNet)
    return std::unexpected(
        "is not an address of this machine (127.0.0.0/8): a load test runs only against a local server");
  server.address = ntohl(wire.s_addr);
  return server;
}

int connect_from(const LoopbackServer& server, std::uint32_t source) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  const int on = 1;
  // The kernel chooses the source port in connect() and not in bind(), so that one port can serve several destinations.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // close() resets the connection: ports in TIME_WAIT would be missing when the streams reconnect.
  const linger gone{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
  const sockaddr_in from = socket_address(kFirstSource + source, 0);
  const sockaddr_in to = socket_address(server.address, server.port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0 &&
      (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 || errno == EINPROGRESS))
    return fd;
  const int error = errno;
  ::close(fd);
  return -error;
}

std::size_t raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace porchlight::loadtest
