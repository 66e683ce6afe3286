// One epoll for all sockets of a load test.
#pragma once

#include <chrono>
#include <cstdint>

namespace porchlight::loadtest {

using Instant = std::chrono::steady_clock::time_point;

// What a socket belongs to.
class PollHandler {
 public:
  virtual ~PollHandler() = default;
  // The socket may be read or written; or may not, where it was closed in the same turn. `hung_up`: the other
  // side ended.
  virtual void on_ready(bool hung_up) = 0;
};

class Poller {
 public:
  Poller();  // throws where there is no descriptor for it
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Edge-triggered, until the socket is closed. False where the system has no room for it.
  bool add(int fd, PollHandler& owner);
  // Waits up to `longest`, and lets everybody know who is ready.
  void poll_once(std::chrono::milliseconds longest);

 private:
  const int epoll_;
};

}  // namespace porchlight::loadtest
