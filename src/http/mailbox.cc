#include "http/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace porchlight::http {

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() { ::close(fd_); }

void Mailbox::post(LoopMessage message) { put(messages_, std::move(message)); }

void Mailbox::post_low_priority(LoopMessage message) { put(low_priority_, std::move(message)); }

void Mailbox::put(std::vector<LoopMessage>& kind, LoopMessage message) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    first = kind.empty();
    kind.push_back(std::move(message));
  }
  if (first) wake();
}

void Mailbox::wake() {
  const std::uint64_t one = 1;
  // It fails only where the counter is full, and then the loop is awake already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

// Before the letters are taken: one that comes in between wakes the loop once too often, never once too
// seldom.
void Mailbox::reset() {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

void Mailbox::take(std::vector<LoopMessage>& messages) {
  std::lock_guard lock(mutex_);
  messages_.swap(messages);
}

void Mailbox::take_low_priority(std::vector<LoopMessage>& messages) {
  std::lock_guard lock(mutex_);
  low_priority_.swap(messages);
}

}  // namespace porchlight::http
