// Counts how often the wall clock was set back, by comparing it with steady time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace porchlight::metrics {

// The least jump that counts. Clocks that are adjusted gradually change by less between two pages.
inline constexpr Duration kClockJumpMin = std::chrono::seconds(1);

// One thread at a time.
class ClockJumps {
 public:
  // Compares the clocks with those of the last call. A jump back that is undone before the next call is not seen.
  void observe(Time wall, SteadyTime steady) {
    const Duration ahead = wall.time_since_epoch() - steady.time_since_epoch();
    if (last_ahead_ && *last_ahead_ - ahead >= kClockJumpMin) ++backward_;
    last_ahead_ = ahead;
  }
  // The jumps back.
  std::uint64_t backward() const { return backward_; }

 private:
  std::optional<Duration> last_ahead_;  // of the wall clock
  std::uint64_t backward_ = 0;
};

}  // namespace porchlight::metrics
