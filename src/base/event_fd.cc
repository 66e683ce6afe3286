#include "base/event_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace porchlight {

namespace {

thread_local WakeBatch* batch_of_thread = nullptr;

}  // namespace

EventFd::EventFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

EventFd::~EventFd() { ::close(fd_); }

void EventFd::wake() const {
  const std::uint64_t one = 1;
  // Fails only if the counter is full, and then it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

void EventFd::reset() const {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

WakeBatch::WakeBatch() {
  CHECK(!batch_of_thread);
  batch_of_thread = this;
}

WakeBatch::~WakeBatch() {
  batch_of_thread = nullptr;
  for (const auto& event : events_) event->wake();
}

// The events are few: one for each serving thread.
void wake_soon(const std::shared_ptr<EventFd>& event) {
  if (!batch_of_thread) return event->wake();
  auto& events = batch_of_thread->events_;
  if (std::ranges::find(events, event) == events.end()) events.push_back(event);
}

}  // namespace porchlight
