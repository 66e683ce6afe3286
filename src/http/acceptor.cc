#include "http/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace porchlight::http {
namespace {

int open_spare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

void describe_v4(const in_addr& address, Peer& peer) {
  peer.key[10] = peer.key[11] = 0xFF;
  std::memcpy(&peer.key[12], &address, 4);
  ::inet_ntop(AF_INET, &address, peer.text, sizeof peer.text);
}

void describe(const sockaddr_storage& address, Peer& peer) {
  if (address.ss_family == AF_INET) {
    describe_v4(reinterpret_cast<const sockaddr_in&>(address).sin_addr, peer);
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      in_addr v4;
      std::memcpy(&v4, &v6.s6_addr[12], 4);
      return describe_v4(v4, peer);
    }
    std::copy_n(v6.s6_addr, 16, peer.key.begin());
    ::inet_ntop(AF_INET6, &v6, peer.text, sizeof peer.text);
  }
}

}  // namespace

Acceptor::Acceptor() : spare_(open_spare()) {}

Acceptor::~Acceptor() {
  if (spare_ >= 0) ::close(spare_);
}

Acceptor::Outcome Acceptor::accept(int listener, Door door, Arrival& arrival) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd =
      ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    arrival = {fd, {.door = door}};
    if (door != Door::kAdmin) describe(address, arrival.peer);
    return Outcome::kArrived;
  }
  switch (errno) {
    case EAGAIN:
      return Outcome::kNobody;
    case EMFILE:
    case ENFILE:
      return turn_away(listener);
    case ENOBUFS:
    case ENOMEM:
      return Outcome::kStuck;
    default:
      return Outcome::kRefused;  // they left before they were taken in
  }
}

// Left in the queue they would make the listener ready for ever, and the loop spin.
Acceptor::Outcome Acceptor::turn_away(int listener) {
  if (spare_ < 0) spare_ = open_spare();
  if (spare_ < 0) return Outcome::kStuck;
  ::close(spare_);
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  spare_ = open_spare();
  return fd >= 0 ? Outcome::kRefused : Outcome::kStuck;
}

}  // namespace porchlight::http
