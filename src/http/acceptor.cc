// Accepting connections, also when the process has no free descriptor. A spare descriptor is kept open for
// that case: it is closed, the connection accepted with it and closed at once, and the spare opened again.
// The client sees a closed connection and not one that hangs in the queue.
#include "http/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace porchlight::http {
namespace {

int open_spare_fd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

// The user of the process that connected; the greatest number if that is unknown.
std::uint32_t uid_of(int fd) {
  ucred credentials{.pid = 0, .uid = UINT32_MAX, .gid = 0};
  socklen_t size = sizeof credentials;
  ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
  return credentials.uid;
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
    accepted = {fd, {.listener_kind = kind, .is_https = kind == ListenerKind::kTls, .address = {}}};
    // A Unix socket has no address. An IPv4 peer is the same one on a socket of either family.
    if (const auto from = IpAddress::of(reinterpret_cast<const sockaddr&>(address)))
      accepted.peer.address = from->unmapped();
    if (kind == ListenerKind::kAdmin) accepted.peer.uid = uid_of(fd);
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
