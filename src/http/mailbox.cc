// The mailbox is two vectors under a mutex and an eventfd. Only the message that makes a vector non-empty
// writes to the eventfd: a fan-out to thousands of streams costs one system call.
#include "http/mailbox.h"

#include <utility>

#include "base/check.h"

namespace porchlight::http {

void Mailbox::post(LoopMessage message) {
  {
    const MutexLock lock(mutex_);
    messages_.push_back(std::move(message));
    if (messages_.size() > 1) return;
  }
  wake_soon(event_);
}

void Mailbox::post_low_priority(LoopMessage message) {
  {
    const MutexLock lock(mutex_);
    low_priority_.push_back(std::move(message));
    if (low_priority_.size() > 1) return;
  }
  wake_soon(event_);
}

void Mailbox::take(std::vector<LoopMessage>& messages) {
  CHECK(messages.empty());
  const MutexLock lock(mutex_);
  messages_.swap(messages);
}

void Mailbox::take_low_priority(std::vector<LoopMessage>& messages) {
  CHECK(messages.empty());
  const MutexLock lock(mutex_);
  low_priority_.swap(messages);
}

}  // namespace porchlight::http
