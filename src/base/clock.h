// The one source of "now". Read once per loop turn at the edge; everything inward takes the time as an
// argument.
#pragma once

#include <atomic>

#include "base/time.h"

namespace porchlight {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time: for records, tokens and answers.
  virtual Time wall() const = 0;
  // Monotonic time: for budgets and time-outs.
  virtual SteadyTime steady() const = 0;
  // Whether wall time moves only when somebody advances it, so that to sleep until a time is to wait for
  // that.
  virtual bool is_manual() const { return false; }
};

// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  Time wall() const override;
  SteadyTime steady() const override;
};

// Stands still until advanced; wall and steady time move together. Safe to read while another thread
// advances.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start);
  Time wall() const override;
  SteadyTime steady() const override;
  bool is_manual() const override { return true; }
  // Moves both times on by `step`, which must not be negative.
  void advance(Duration step);

 private:
  const Time start_;
  std::atomic<Duration::rep> advanced_ms_{0};
};

}  // namespace porchlight
