// Accepting connections, also when the process has no free descriptor. A spare descriptor is kept open for
// that case: it is closed, the connection accepted with it and closed at once, and the spare opened again.
// The client sees a closed connection and not one that hangs in the queue.
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

int open_spare_fd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

// IPv4 addresses get one key and one text, also if they arrive mapped into IPv6.
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

Acceptor::Acceptor() : spare_fd_(open_spare_fd()) {}

Acceptor::~Acceptor() {
  if (spare_fd_ >= 0) ::close(spare_fd_);
}

Acceptor::AcceptResult Acceptor::accept(int listener, ListenerKind kind, AcceptedSocket& accepted) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd =
      ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    accepted = {fd, {.listener_kind = kind}};
    if (kind != ListenerKind::kAdmin) describe(address, accepted.peer);
    return AcceptResult::kAccepted;
  }
  switch (errno) {
    case EAGAIN:
      return AcceptResult::kNonePending;
    case EMFILE:
    case ENFILE:
      return drop_pending(listener);
    case ENOBUFS:
    case ENOMEM:
      return AcceptResult::kNoResources;
    default:
      return AcceptResult::kDropped;  // the peer closed the connection before it was accepted
  }
}

// A connection left in the queue would keep the listener readable, and the loop would spin.
Acceptor::AcceptResult Acceptor::drop_pending(int listener) {
  if (spare_fd_ < 0) spare_fd_ = open_spare_fd();
  if (spare_fd_ < 0) return AcceptResult::kNoResources;
  ::close(spare_fd_);
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  spare_fd_ = open_spare_fd();
  return fd >= 0 ? AcceptResult::kDropped : AcceptResult::kNoResources;
}

}  // namespace porchlight::http
