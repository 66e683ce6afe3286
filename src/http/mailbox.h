// Messages from other threads to a loop: tasks to run, responses that were outstanding, and chunks of
// streaming responses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "base/event_fd.h"
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
  // Becomes readable when there are messages, or after wake().
  int fd() const { return event_->fd(); }
  // From any thread: adds a message. Only the first one of a burst wakes the loop, at the end of the
  // thread's WakeBatch.
  void post(LoopMessage message);
  // The same for messages that can be very many. They keep their order but may be overtaken by the others.
  void post_low_priority(LoopMessage message);
  // Makes fd() readable.
  void wake() { event_->wake(); }

  // On the loop's thread, before it takes messages: makes fd() unreadable. A message that arrives in between may wake
  // the loop once too often, but never too seldom.
  void reset() { event_->reset(); }
  // On the loop's thread: moves all messages of one kind into `messages`, which must be empty.
  void take(std::vector<LoopMessage>& messages);
  void take_low_priority(std::vector<LoopMessage>& messages);

 private:
  const std::shared_ptr<EventFd> event_ = std::make_shared<EventFd>();
  Mutex mutex_;
  std::vector<LoopMessage> messages_ ABSL_GUARDED_BY(mutex_);
  std::vector<LoopMessage> low_priority_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
