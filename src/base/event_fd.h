// Wakes a thread that waits in epoll, and many such threads together.
#pragma once

#include <memory>
#include <vector>

namespace porchlight {

// Readable from wake() until reset(). Any thread.
class EventFd {
 public:
  // Throws std::system_error if the process has no file descriptor left.
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  int fd() const { return fd_; }
  void wake() const;
  void reset() const;

 private:
  const int fd_;
};

// While a thread has one, what it wakes with wake_soon() is woken once, when the batch ends: a thread that sends many
// messages to another lets it run once for all of them. Batches do not nest.
class WakeBatch {
 public:
  WakeBatch();
  ~WakeBatch();
  WakeBatch(const WakeBatch&) = delete;
  WakeBatch& operator=(const WakeBatch&) = delete;

 private:
  friend void wake_soon(const std::shared_ptr<EventFd>& event);
  std::vector<std::shared_ptr<EventFd>> events_;
};

// Wakes at the end of the calling thread's WakeBatch, or now if it has none.
void wake_soon(const std::shared_ptr<EventFd>& event);

}  // namespace porchlight
