// The epoll instance for all sockets of a load test. One thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace porchlight::loadtest {

// Latencies need more than milliseconds.
using Instant = std::chrono::steady_clock::time_point;

// The owner of a socket.
class PollHandler {
 public:
  virtual ~PollHandler() = default;
  // The socket is readable or writable, unless an earlier callback of the same poll_once() closed it. `hung_up`: the
  // peer closed its side.
  virtual void on_ready(bool hung_up) = 0;
};

class Poller {
 public:
  Poller();  // throws std::system_error if there is no descriptor left
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Watches a socket, edge-triggered, until it is closed. Returns false if the system refuses it.
  bool add(int fd, PollHandler& owner);
  // Waits up to `longest` for events, and calls the owners of ready sockets.
  void poll_once(std::chrono::milliseconds longest);

 private:
  const int epoll_;
};

}  // namespace porchlight::loadtest
