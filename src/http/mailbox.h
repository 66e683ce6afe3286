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

using Task = std::move_only_function<void()>;

struct Answer {
  std::uint64_t connection;
  std::uint32_t stream;
  std::move_only_function<void(Response&)> fill;
};

// More for an answer that goes on. Small, and the bytes are shared: a change that is told to everybody costs
// each of them a place in a vector.
struct Push {
  std::uint64_t connection;
  std::uint32_t stream;
  bool last;  // the answer ends with it
  Bytes bytes;
};

using Letter = std::variant<Task, Answer, Push>;

class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Becomes readable when there are letters, or after wake().
  int fd() const { return fd_; }
  // From any thread: something that somebody waits for. Only the first letter of a burst wakes the loop.
  void post(Letter letter);
  // The same for what there may be very much of: in order among themselves, and overtaken by the others.
  void post_behind(Letter letter);
  void wake();

  // On the loop's thread, once fd() was readable: it is no longer so, until there is more.
  void calm();
  // All letters so far, in order, of the one kind and of the other; `letters` comes in empty.
  void take(std::vector<Letter>& letters);
  void take_behind(std::vector<Letter>& letters);

 private:
  void put(std::vector<Letter>& kind, Letter letter);

  const int fd_;
  std::mutex mutex_;
  std::vector<Letter> letters_;  // guarded by mutex_
  std::vector<Letter> behind_;   // guarded by mutex_
};

}  // namespace porchlight::http
