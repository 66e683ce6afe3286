// What other threads tell a loop: tasks to run, answers to requests that were left for later, and more for
// answers that go on.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <variant>
#include <vector>

#include "http/message.h"

namespace porchlight::http {

using LoopTask = std::move_only_function<void()>;

struct ResponseReady {
  std::uint64_t connection;
  std::uint32_t stream;
  std::move_only_function<void(Response&)> fill;
};

// More for an answer that goes on. Small, and the bytes are shared: a change that is told to everybody costs
// each of them a place in a vector.
struct StreamChunk {
  std::uint64_t connection;
  std::uint32_t stream;
  bool last;  // the answer ends with it
  Bytes bytes;
};

using LoopMessage = std::variant<LoopTask, ResponseReady, StreamChunk>;

class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Becomes readable when there are letters, or after wake().
  int fd() const { return fd_; }
  // From any thread: something that somebody waits for. Only the first letter of a burst wakes the loop.
  void post(LoopMessage message);
  // The same for what there may be very much of: in order among themselves, and overtaken by the others.
  void post_low_priority(LoopMessage message);
  void wake();

  // On the loop's thread, once fd() was readable: it is no longer so, until there is more.
  void reset();
  // All letters so far, in order, of the one kind and of the other; `letters` comes in empty.
  void take(std::vector<LoopMessage>& messages);
  void take_low_priority(std::vector<LoopMessage>& messages);

 private:
  void put(std::vector<LoopMessage>& kind, LoopMessage message);

  const int fd_;
  std::mutex mutex_;
  std::vector<LoopMessage> messages_;      // guarded by mutex_
  std::vector<LoopMessage> low_priority_;  // guarded by mutex_
};

}  // namespace porchlight::http
