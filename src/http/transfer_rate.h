// The minimum rate of a transfer: it must move so many bytes per second on average, so the bytes it has moved earn it
// time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "http/limits.h"

namespace porchlight::http {

// A time that has not been set, and one that never comes.
inline constexpr SteadyTime kUnset = SteadyTime::min();
inline constexpr SteadyTime kNever = SteadyTime::max();

// When a transfer that began at `since` is too slow: `bytes` at the minimum rate, but not before the grace.
inline SteadyTime rate_deadline(const Limits& limits, SteadyTime since, std::uint64_t bytes,
                                std::size_t bytes_per_s) {
  const Duration earned(static_cast<Duration::rep>(bytes * 1000 / bytes_per_s) + 1);
  return since + std::max(limits.rate_grace, earned);
}

// How fast a reader takes output that waits for it.
class ReadingRate {
 public:
  // The reader has taken `moved` bytes, and `waiting` are left.
  void update(SteadyTime now, std::size_t moved, std::size_t waiting) {
    if (waiting == 0) {
      *this = {};
      return;
    }
    if (began_ == kUnset) began_ = now;
    moved_ += moved;
    most_ = std::max(most_, waiting);
  }
  // When the reader is too slow; kNever if nothing waits.
  SteadyTime deadline(const Limits& limits) const {
    return began_ == kUnset ? kNever : rate_deadline(limits, began_, moved_, reader_rate(limits, most_));
  }

 private:
  SteadyTime began_ = kUnset;  // since when output waits
  std::uint64_t moved_ = 0;    // bytes taken since then
  std::size_t most_ = 0;       // the most bytes that waited since then
};

}  // namespace porchlight::http
