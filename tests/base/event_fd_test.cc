#include "base/event_fd.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <optional>

namespace porchlight {
namespace {

bool is_readable(const EventFd& event) {
  pollfd polled{.fd = event.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 0) == 1;
}

TEST(EventFd, IsReadableUntilItIsReset) {
  const EventFd event;
  EXPECT_FALSE(is_readable(event));
  event.wake();
  event.wake();
  EXPECT_TRUE(is_readable(event));
  event.reset();
  EXPECT_FALSE(is_readable(event));
}

TEST(WakeBatch, WakesAtItsEnd) {
  const auto one = std::make_shared<EventFd>(), other = std::make_shared<EventFd>();
  std::optional<WakeBatch> batch(std::in_place);
  wake_soon(one);
  wake_soon(other);
  wake_soon(one);
  EXPECT_FALSE(is_readable(*one));
  batch.reset();
  EXPECT_TRUE(is_readable(*one));
  EXPECT_TRUE(is_readable(*other));
}

TEST(WakeBatch, WithoutOneWakesAtOnce) {
  const auto event = std::make_shared<EventFd>();
  { WakeBatch ended; }
  wake_soon(event);
  EXPECT_TRUE(is_readable(*event));
}

TEST(WakeBatch, KeepsWhatItWakes) {
  auto event = std::make_shared<EventFd>();
  const std::weak_ptr<EventFd> watched = event;
  {
    WakeBatch batch;
    wake_soon(event);
    event.reset();
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace porchlight
