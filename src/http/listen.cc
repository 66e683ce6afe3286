// Listening sockets. The first TCP socket of an address takes it without SO_REUSEPORT: with that option, a second
// server of the same user would share the port unnoticed, and get a part of the connections. Only after it listens, the
// option is set, so that further sockets of this process can share its port. The kernel checks the option when a socket
// is bound and when it starts to listen; of two servers that start at once, the first that listens keeps the address.
// The Unix socket is for the owner of the data folder alone, so its mode is set before it can be connected to.
#include "http/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

namespace porchlight::http {
namespace {

// Connections that the kernel queues for a listener.
constexpr int kBacklog = 4096;

std::unexpected<std::string> failure(std::string_view address, std::string_view reason) {
  return std::unexpected("cannot listen on " + std::string(address) + ": " + std::string(reason));
}

std::unexpected<std::string> failure(std::string_view address, int error) {
  if (error == EADDRINUSE) return failure(address, "the address is in use; another socket listens there");
  return failure(address, std::generic_category().message(error));
}

struct HostPort {
  std::string host, port;
};

// Splits at the last colon, and removes the brackets of an IPv6 address.
std::expected<HostPort, std::string> split_host_port(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return failure(address, "no port; expected host:port or [v6]:port");
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return failure(address, "an IPv6 address needs brackets, [v6]:port");
  const std::string_view port = address.substr(colon + 1);
  // getaddrinfo would accept 65617 as 81.
  unsigned number = 65536;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535)
    return failure(address, "the port is not a number up to 65535");
  return HostPort{std::string(host), std::string(port)};
}

bool enable(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

// Accepted sockets inherit TCP_NODELAY: responses are written in one call, so Nagle's algorithm would only
// delay. SO_REUSEADDR ignores connections of an earlier server that have not expired yet.
bool set_options(int fd) {
  return enable(fd, SOL_SOCKET, SO_REUSEADDR) && enable(fd, IPPROTO_TCP, TCP_NODELAY);
}

// Whether the first socket of an address takes it for itself, or a further one joins it.
enum class Sharing : std::uint8_t { kTake, kJoin };

// A socket that listens at `address`. The errno if it cannot.
std::expected<int, int> listen_at(const sockaddr* address, socklen_t size, Sharing sharing) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  const auto share = [fd] { return enable(fd, SOL_SOCKET, SO_REUSEPORT); };
  const bool joins = sharing == Sharing::kJoin;
  if (set_options(fd) && (!joins || share()) && ::bind(fd, address, size) == 0 &&
      ::listen(fd, kBacklog) == 0 && (joins || share()))
    return fd;
  const int reason = errno;
  ::close(fd);
  return std::unexpected(reason);
}

std::expected<sockaddr_un, std::string> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path, "the path is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

const sockaddr* plain(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Whether a process listens on the socket.
bool is_alive(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const bool refused = ::connect(fd, plain(address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(fd);
  return !refused;
}

}  // namespace

std::expected<int, std::string> listen_tcp(std::string_view address) {
  const auto parts = split_host_port(address);
  if (!parts) return std::unexpected(parts.error());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found);
  if (error != 0) return failure(address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  const auto fd = listen_at(found->ai_addr, found->ai_addrlen, Sharing::kTake);
  if (!fd) return failure(address, fd.error());
  return *fd;
}

std::expected<int, std::string> share_listener(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* plain_address = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(fd, plain_address, &size) != 0) return failure("a socket", errno);
  const auto joined = listen_at(plain_address, size, Sharing::kJoin);
  if (!joined) return failure("port " + std::to_string(port_of(fd)), joined.error());
  return *joined;
}

std::expected<int, std::string> duplicate_listener(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return failure("port " + std::to_string(port_of(fd)), errno);
  return copy;
}

int port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  return 0;
}

std::expected<int, std::string> listen_unix(const std::filesystem::path& path) {
  const auto address = unix_address(path.string());
  if (!address) return std::unexpected(address.error());
  struct stat status;
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return failure(path.string(), "the path exists and is not a socket");
    if (is_alive(*address)) return failure(path.string(), EADDRINUSE);
    ::unlink(path.c_str());
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure(path.string(), errno);
  // The file gets the mode of the descriptor at bind, so it is never open to others, not even for a moment.
  if (::fchmod(fd, 0600) != 0 || ::bind(fd, plain(*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd, kBacklog) != 0) {
    const int reason = errno;
    ::close(fd);
    return failure(path.string(), reason);
  }
  return fd;
}

}  // namespace porchlight::http
