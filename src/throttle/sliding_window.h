// What was counted in a sliding window: the arithmetic under every budget. Not for two threads at once.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace porchlight::throttle {

// At most `requests` in any `window` (half-open, a second or longer). Zero requests: no limit.
struct Budget {
  std::uint32_t requests;
  Duration window;
};

// Counts by the second in which they will have left the window (spec protocol §6, "kept as one-second
// counters"). All counts of one second leave together, with the last of them: so what is accepted never
// exceeds the budget in any window whatever, and a place comes free up to a second late, never early.
class SlidingWindow {
 public:
  explicit SlidingWindow(const Budget& budget);

  // How long until one more fits: zero if it does now. `now` must not go back from call to call.
  Duration wait(SteadyTime now);
  // Counts one that was taken, for the whole window.
  void accept(SteadyTime now) { count(now + budget_.window); }
  // Counts one that did not fit and was told to come back after `retry_after`, which is no shorter than wait():
  // until then, or less, and never longer than the window.
  void refuse(SteadyTime now, Duration retry_after);

  const Budget& budget() const { return budget_; }
  bool is_unlimited() const { return budget_.requests == 0; }
  // How many more fit, as of the latest call of wait().
  std::uint32_t remaining() const { return counted_ < budget_.requests ? budget_.requests - counted_ : 0; }
  // When the first of what is counted leaves; `now` if nothing is.
  SteadyTime first_expiry(SteadyTime now) const;
  // Whether it is as good as new.
  bool is_idle(SteadyTime now) const { return counted_ == 0 || last_expiry_ <= now; }

 private:
  struct SecondCounter {
    std::uint32_t count = 0;
    std::uint16_t last_ms = 0;  // within the second
  };
  SecondCounter& slot(std::int64_t second) { return slots_[static_cast<std::uint64_t>(second) & mask_]; }
  const SecondCounter& slot(std::int64_t second) const {
    return slots_[static_cast<std::uint64_t>(second) & mask_];
  }
  SteadyTime expiry_of(std::int64_t second) const;
  void forget(SteadyTime now);
  void count(SteadyTime expires_at);

  Budget budget_;
  std::uint32_t counted_ = 0;  // the sum of all slots
  std::int64_t first_ = 0;     // no slot of an earlier second holds anything
  SteadyTime last_expiry_{};   // when the last of what is counted leaves
  std::uint64_t mask_ = 0;
  std::vector<SecondCounter> slots_;  // a ring, by second; empty where there is no limit
};

}  // namespace porchlight::throttle
