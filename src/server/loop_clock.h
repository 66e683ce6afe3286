// The clock of the serving loops.
#pragma once

#include "base/clock.h"

namespace porchlight::server {

// Wall time of the given clock, which may be manual; steady time is always real, so that connections time out although
// a manual clock does not move. Any thread.
class LoopClock final : public Clock {
 public:
  // `caller_clock` must outlive it.
  explicit LoopClock(const Clock& caller_clock) : caller_clock_(caller_clock) {}
  Time wall() const override { return caller_clock_.wall(); }
  SteadyTime steady() const override { return real_.steady(); }
  SteadyTime steady_at(std::chrono::steady_clock::time_point machine) const override {
    return real_.steady_at(machine);
  }
  bool is_manual() const override { return caller_clock_.is_manual(); }

 private:
  const Clock& caller_clock_;
  SystemClock real_;
};

}  // namespace porchlight::server
