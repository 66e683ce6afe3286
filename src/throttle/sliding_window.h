// The counter of one budget: how many requests lie in a sliding window that ends now.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace porchlight::throttle {

// At most `requests` in any half-open interval as long as `window`, which is at least a second. 0 means no limit.
struct Budget {
  std::uint32_t requests;
  Duration window;
  friend bool operator==(const Budget&, const Budget&) = default;
};

// Counts requests by the second in which they leave the window (spec protocol §6, "kept as one-second counters"). The
// requests of one second leave together, at the time of the last of them. So the accepted requests never exceed the
// budget in any window, and a request leaves up to a second late but never early. Memory does not depend on the number
// of requests: eight bytes per second of the window. Not thread-safe.
class SlidingWindow {
 public:
  explicit SlidingWindow(const Budget& budget);

  // The time until one more request fits: zero if it fits now. `now` must not decrease from call to call.
  Duration wait(SteadyTime now) {
    if (counted_ > 0 && first_expiry_ <= now) remove_expired(now);
    return is_unlimited() || counted_ < budget_.requests ? Duration::zero() : wait_for_room(now);
  }
  // Counts an accepted request for the length of the window, as `weight` requests.
  void accept(SteadyTime now, std::uint32_t weight = 1) { count(now + budget_.window, weight); }
  // Counts a refused request, for at most `retry_after` and at most the length of the window. `retry_after` is the
  // answer to the client and at least wait().
  void refuse(SteadyTime now, Duration retry_after);

  const Budget& budget() const { return budget_; }
  bool is_unlimited() const { return budget_.requests == 0; }
  // The number of requests that still fit, as of the latest call of wait().
  std::uint32_t remaining() const { return counted_ < budget_.requests ? budget_.requests - counted_ : 0; }
  // The time at which the first counted request leaves; `now` if none is counted.
  SteadyTime first_expiry(SteadyTime now) const { return counted_ == 0 ? now : first_expiry_; }
  // Whether no request is counted, so that a new window can take the place of this one.
  bool is_idle(SteadyTime now) const { return counted_ == 0 || last_expiry_ <= now; }

 private:
  // The requests that leave in one second.
  struct SecondCounter {
    std::uint32_t count = 0;
    std::uint16_t last_ms = 0;  // the time of the last of them, within the second
  };
  SecondCounter& slot(std::int64_t second) { return slots_[static_cast<std::uint64_t>(second) & mask_]; }
  const SecondCounter& slot(std::int64_t second) const {
    return slots_[static_cast<std::uint64_t>(second) & mask_];
  }
  // When the requests of that second leave.
  SteadyTime expiry_of(std::int64_t second) const;
  // Removes the requests that have left the window by `now`.
  void remove_expired(SteadyTime now);
  // What wait() returns if the budget is used up.
  Duration wait_for_room(SteadyTime now) const;
  // Counts a request until `expires_at`, as `weight` requests.
  void count(SteadyTime expires_at, std::uint32_t weight = 1);

  Budget budget_;
  std::uint32_t counted_ = 0;         // the sum of all slots
  std::int64_t first_ = 0;            // the slot of the first counted request
  SteadyTime first_expiry_{};         // when that request leaves
  SteadyTime last_expiry_{};          // when the last counted request leaves
  std::uint64_t mask_ = 0;            // the number of slots, a power of two, minus 1
  std::vector<SecondCounter> slots_;  // a ring indexed by the second; empty if there is no limit
};

}  // namespace porchlight::throttle
