// The clock of the serving loops.
#pragma once

#include "base/clock.h"

namespace porchlight::server {

// Connections time out by real time even where the callers' time stands still; dates they are told do not
// move.
class LoopClock final : public Clock {
 public:
  explicit LoopClock(const Clock& told) : told_(told) {}
  Time wall() const override { return told_.wall(); }
  SteadyTime steady() const override { return real_.steady(); }
  bool stands_still() const override { return told_.stands_still(); }

 private:
  const Clock& told_;
  SystemClock real_;
};

}  // namespace porchlight::server
