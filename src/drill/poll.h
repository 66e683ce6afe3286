// One epoll for all sockets of a drill.
#pragma once

#include <chrono>
#include <cstdint>

namespace porchlight::drill {

using Instant = std::chrono::steady_clock::time_point;

// What a socket belongs to.
class Ready {
 public:
  virtual ~Ready() = default;
  // The socket may be read or written; or may not, where it was closed in the same turn. `hung_up`: the other
  // side ended.
  virtual void on_ready(bool hung_up) = 0;
};

class Poll {
 public:
  Poll();  // throws where there is no descriptor for it
  ~Poll();
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  // Edge-triggered, until the socket is closed. False where the system has no room for it.
  bool add(int fd, Ready& owner);
  // Waits up to `longest`, and lets everybody know who is ready.
  void turn(std::chrono::milliseconds longest);

 private:
  const int epoll_;
};

}  // namespace porchlight::drill
