// Messages from other threads to a loop: tasks to run, responses that were outstanding, and chunks of
// streaming responses.
#pragma once

#include <cstdint>
#include <functional>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "http/message.h"

namespace porchlight::http {

// A function to run on the loop's thread.
using LoopTask = std::move_only_function<void()>;

// The response to an outstanding request (Exchange::answer).
struct ResponseReady {
  std::uint64_t connection;
  std::uint32_t stream;
  std::move_only_function<void(Response&)> fill;
};

// A chunk of a streaming response. It is small and shares its bytes: a change sent to all streams costs each
// of them one place in a vector.
struct StreamChunk {
  std::uint64_t connection;
  std::uint32_t stream;
  bool last;  // ends the response
  Bytes bytes;
};

// Any of them.
using LoopMessage = std::variant<LoopTask, ResponseReady, StreamChunk>;

// The incoming messages of one loop. Posting is thread-safe; the loop takes.
class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Becomes readable when there are messages, or after wake().
  int fd() const { return fd_; }
  // From any thread: adds a message. Only the first one of a burst wakes the loop.
  void post(LoopMessage message);
  // The same for messages that can be very many. They keep their order but may be overtaken by the others.
  void post_low_priority(LoopMessage message);
  // Makes fd() readable.
  void wake();

  // On the loop's thread: makes fd() unreadable until the next message.
  void reset();
  // On the loop's thread: moves all messages of one kind into `messages`, which must be empty.
  void take(std::vector<LoopMessage>& messages);
  void take_low_priority(std::vector<LoopMessage>& messages);

 private:
  const int fd_;
  Mutex mutex_;
  std::vector<LoopMessage> messages_ ABSL_GUARDED_BY(mutex_);
  std::vector<LoopMessage> low_priority_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
