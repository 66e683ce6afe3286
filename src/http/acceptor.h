// Accepts connections from a listening socket, also if the process is out of file descriptors.
#pragma once

#include <optional>

#include "http/peer.h"

namespace porchlight::http {

// A new connection. The descriptor is non-blocking and close-on-exec.
struct AcceptedSocket {
  int fd;
  Peer peer;
};

// One for each loop; holds one spare descriptor.
class Acceptor {
 public:
  Acceptor();
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  enum class AcceptResult : std::uint8_t {
    kAccepted,
    kNonePending,  // the queue is empty
    kDropped,      // a connection was closed: no descriptors, or its peer was gone
    kNoResources,  // the system is out of descriptors or memory: try again later
  };
  // Accepts one connection. With kAccepted, `accepted` is filled and the caller owns its descriptor.
  AcceptResult accept(int listener, ListenerKind kind, AcceptedSocket& accepted);

 private:
  AcceptResult drop_pending(int listener);

  int spare_fd_;  // closed for a moment to accept and close a connection that cannot be served
};

}  // namespace porchlight::http
