// Limits the lines of the log that a client or a failing disk can cause.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.h"

namespace porchlight {

// The lines with one cause that are written per minute; more are counted only.
inline constexpr std::uint32_t kLinesPerMinute = 10;

// Any thread.
class LineBudget {
 public:
  // Whether a line may be written at `now`, which does not decrease: returns the number of lines that were refused
  // before it, for a field `left_out`, or nullopt if this one is refused.
  std::optional<std::uint64_t> take(std::chrono::steady_clock::time_point now);

 private:
  Mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> minute_began_
      ABSL_GUARDED_BY(mutex_);                         // nullopt before the first line
  std::uint32_t taken_ ABSL_GUARDED_BY(mutex_) = 0;    // in this minute
  std::uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;  // since the last line
};

}  // namespace porchlight
