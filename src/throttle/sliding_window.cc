// A ring of one-second counters. Expiry times lie at most one window ahead, so a ring with a slot for each second of
// the window, and one for the current second, never has two seconds in one slot. `first_` moves forward over expired
// slots, each of which is passed once, so that counting costs constant time on average; wait() walks the ring only if
// the budget is used up.
#include "throttle/sliding_window.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace porchlight::throttle {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::seconds;

// A time as a whole second and the milliseconds within it.
struct SplitTime {
  explicit SplitTime(SteadyTime time)
      : second(floor<seconds>(time.time_since_epoch()).count()),
        ms(static_cast<std::uint16_t>((time.time_since_epoch() - seconds(second)).count())) {}
  std::int64_t second;
  std::uint16_t ms;
};

}  // namespace

SlidingWindow::SlidingWindow(const Budget& budget) : budget_(budget) {
  if (is_unlimited()) return;
  budget_.window = std::max<Duration>(budget_.window, seconds(1));
  slots_.resize(std::bit_ceil(static_cast<std::uint64_t>(ceil<seconds>(budget_.window).count()) + 1));
  mask_ = slots_.size() - 1;
}

SteadyTime SlidingWindow::expiry_of(std::int64_t second) const {
  return SteadyTime(seconds(second) + Duration(slot(second).last_ms));
}

void SlidingWindow::remove_expired(SteadyTime now) {
  while (counted_ > 0) {
    SecondCounter& oldest = slot(first_);
    first_expiry_ = expiry_of(first_);
    if (oldest.count > 0 && first_expiry_ > now) return;
    CHECK(oldest.count <= counted_);
    counted_ -= oldest.count;
    oldest = {};
    ++first_;
  }
}

Duration SlidingWindow::wait_for_room(SteadyTime now) const {
  // Refused requests are counted too, so more than one second may have to pass until the count is below the budget.
  std::int64_t second = first_;
  std::uint32_t stay = counted_ - slot(second).count;
  while (stay >= budget_.requests) stay -= slot(++second).count;
  return expiry_of(second) - now;
}

// `first_` stays right when a request is added: an accepted request leaves after all others, and a refused one not
// before the first, because its wait is at least the time until a request fits.
void SlidingWindow::count(SteadyTime expires_at, std::uint32_t weight) {
  if (is_unlimited()) return;
  const SplitTime moment(expires_at);
  if (counted_ == 0) first_ = moment.second;
  last_expiry_ = counted_ == 0 ? expires_at : std::max(last_expiry_, expires_at);
  SecondCounter& counter = slot(moment.second);
  counter.count += weight;
  counter.last_ms = std::max(counter.last_ms, moment.ms);
  counted_ += weight;
  if (moment.second == first_) first_expiry_ = expiry_of(first_);
}

// If the slot of the retry time already has a request that leaves later in the same second, the refused request would
// leave with it, and so be counted when its own client retries. It is then counted in the slot that makes a request
// fit instead, which is earlier.
void SlidingWindow::refuse(SteadyTime now, Duration retry_after) {
  const SteadyTime until = now + std::min(retry_after, budget_.window);
  const SplitTime moment(until);
  const SecondCounter& counter = slot(moment.second);
  const bool outstays = counter.count > 0 && counter.last_ms > moment.ms;
  count(outstays ? now + wait(now) : until);
}

}  // namespace porchlight::throttle
