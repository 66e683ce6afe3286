// The clock of the serving loops.
#pragma once

#include "base/clock.h"

namespace porchlight::server {

// Connections time out by real time even where the callers' time stands still; dates they are told do not
// move.
class LoopClock final : public Clock {
 public:
  explicit LoopClock(const Clock& caller_clock) : caller_clock_(caller_clock) {}
  Time wall() const override { return caller_clock_.wall(); }
  SteadyTime steady() const override { return real_.steady(); }
  bool is_manual() const override { return caller_clock_.is_manual(); }

 private:
  const Clock& caller_clock_;
  SystemClock real_;
};

}  // namespace porchlight::server
