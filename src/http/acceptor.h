// Takes connections from a listening socket, also when the process has no descriptor left to take them with.
#pragma once

#include <optional>

#include "http/connection.h"

namespace porchlight::http {

struct Arrival {
  int fd;
  Peer peer;
};

class Acceptor {
 public:
  Acceptor();
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  enum class Outcome : std::uint8_t {
    kArrived,
    kNobody,   // nobody is waiting
    kRefused,  // somebody was waiting and was turned away: no descriptors
    kStuck,    // the system gives nothing at all for now: come back later
  };
  // On kArrived `arrival` is filled, and its descriptor is the caller's.
  Outcome accept(int listener, Door door, Arrival& arrival);

 private:
  Outcome turn_away(int listener);

  int spare_;  // given up for a moment to accept and close what could not be served
};

}  // namespace porchlight::http
