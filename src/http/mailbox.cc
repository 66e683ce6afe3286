// The mailbox is two vectors under a mutex and an eventfd. Only the message that makes a vector non-empty
// writes to the eventfd: a fan-out to thousands of streams costs one system call.
#include "http/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace porchlight::http {

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() { ::close(fd_); }

void Mailbox::post(LoopMessage message) {
  {
    const MutexLock lock(mutex_);
    messages_.push_back(std::move(message));
    if (messages_.size() > 1) return;
  }
  wake();
}

void Mailbox::post_low_priority(LoopMessage message) {
  {
    const MutexLock lock(mutex_);
    low_priority_.push_back(std::move(message));
    if (low_priority_.size() > 1) return;
  }
  wake();
}

void Mailbox::wake() {
  const std::uint64_t one = 1;
  // Fails only if the counter is full, and then the loop is awake already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

// Called before the messages are taken: a message that arrives in between may wake the loop once too often,
// but never too seldom.
void Mailbox::reset() {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
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
