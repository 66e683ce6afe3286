// Takes connections from a listening socket, also when the process has no descriptor left to take them with.
#pragma once

#include <optional>

#include "http/connection.h"

namespace porchlight::http {

struct AcceptedSocket {
  int fd;
  Peer peer;
};

class Acceptor {
 public:
  Acceptor();
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  enum class AcceptResult : std::uint8_t {
    kAccepted,
    kNonePending,  // nobody is waiting
    kDropped,      // somebody was waiting and was turned away: no descriptors
    kNoResources,  // the system gives nothing at all for now: come back later
  };
  // On kArrived `arrival` is filled, and its descriptor is the caller's.
  AcceptResult accept(int listener, ListenerKind kind, AcceptedSocket& accepted);

 private:
  AcceptResult drop_pending(int listener);

  int spare_fd_;  // given up for a moment to accept and close what could not be served
};

}  // namespace porchlight::http
