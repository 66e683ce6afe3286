// A ring of one-second counters.
#include "throttle/sliding_window.h"

#include <algorithm>
#include <bit>

namespace porchlight::throttle {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::seconds;

// A moment as its second and the milliseconds within that.
struct SplitTime {
  explicit SplitTime(SteadyTime time)
      : second(floor<seconds>(time.time_since_epoch()).count()),
        ms(static_cast<std::uint16_t>((time.time_since_epoch() - seconds(second)).count())) {}
  std::int64_t second;
  std::uint16_t ms;
};

}  // namespace

// What is counted leaves within the window, so in one of as many seconds as it has, and the one begun.
SlidingWindow::SlidingWindow(const Budget& budget) : budget_(budget) {
  if (is_unlimited()) return;
  budget_.window = std::max<Duration>(budget_.window, seconds(1));
  slots_.resize(std::bit_ceil(static_cast<std::uint64_t>(ceil<seconds>(budget_.window).count()) + 1));
  mask_ = slots_.size() - 1;
}

SteadyTime SlidingWindow::expiry_of(std::int64_t second) const {
  return SteadyTime(seconds(second) + Duration(slot(second).last_ms));
}

void SlidingWindow::forget(SteadyTime now) {
  while (counted_ > 0) {
    SecondCounter& oldest = slot(first_);
    if (oldest.count > 0 && expiry_of(first_) > now) return;
    counted_ -= oldest.count;
    oldest = {};
    ++first_;
  }
}

Duration SlidingWindow::wait(SteadyTime now) {
  forget(now);
  if (is_unlimited() || counted_ < budget_.requests) return Duration::zero();
  std::int64_t second = first_;
  std::uint32_t stay = counted_ - slot(second).count;
  while (stay >= budget_.requests) stay -= slot(++second).count;
  return expiry_of(second) - now;
}

// Nothing leaves before what is counted already: what is taken leaves last, and what is refused was told to
// come back no sooner than the first place comes free.
void SlidingWindow::count(SteadyTime expires_at) {
  if (is_unlimited()) return;
  const SplitTime moment(expires_at);
  if (counted_ == 0) first_ = moment.second;
  last_expiry_ = counted_ == 0 ? expires_at : std::max(last_expiry_, expires_at);
  SecondCounter& counter = slot(moment.second);
  ++counter.count;
  counter.last_ms = std::max(counter.last_ms, moment.ms);
  ++counted_;
}

// In a counter that leaves after the told moment it would outstay it, and refuse its own sender again. Then
// it leaves with the place that comes free first.
void SlidingWindow::refuse(SteadyTime now, Duration retry_after) {
  const SteadyTime until = now + std::min(retry_after, budget_.window);
  const SplitTime moment(until);
  const SecondCounter& counter = slot(moment.second);
  const bool outstays = counter.count > 0 && counter.last_ms > moment.ms;
  count(outstays ? now + wait(now) : until);
}

SteadyTime SlidingWindow::first_expiry(SteadyTime now) const {
  if (counted_ == 0) return now;
  std::int64_t second = first_;
  while (slot(second).count == 0) ++second;
  return expiry_of(second);
}

}  // namespace porchlight::throttle
