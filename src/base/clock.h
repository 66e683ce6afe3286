// The source of the current time. Event loops and worker threads read it once per iteration; the code that they call
// takes the time as an argument, so that tests choose it.
#pragma once

#include <atomic>

#include "base/time.h"

namespace porchlight {

// All functions may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time (UTC): for records, tokens and responses. It may jump back.
  virtual Time wall() const = 0;
  // Monotonic time: for budgets and time-outs.
  virtual SteadyTime steady() const = 0;
  // steady() at a time just read from the machine's clock, without reading it again. A manual clock ignores it.
  virtual SteadyTime steady_at(std::chrono::steady_clock::time_point) const { return steady(); }
  // Whether the time moves only by ManualClock::advance(). Threads that wait for a wall time then poll the clock,
  // because a sleep would not end when the clock is advanced.
  virtual bool is_manual() const { return false; }
};

// The system's clocks.
class SystemClock final : public Clock {
 public:
  Time wall() const override;
  SteadyTime steady() const override { return steady_at(std::chrono::steady_clock::now()); }
  SteadyTime steady_at(std::chrono::steady_clock::time_point machine) const override {
    return std::chrono::floor<Duration>(machine);
  }
};

// A clock for tests: the time changes only by advance(). Wall and steady time move together.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start);
  Time wall() const override;
  SteadyTime steady() const override;
  bool is_manual() const override { return true; }
  // Moves both times forward by `step`, which must not be negative. Other threads may read at the same time.
  void advance(Duration step);

 private:
  const Time start_;
  std::atomic<Duration::rep> advanced_ms_{0};
};

}  // namespace porchlight
