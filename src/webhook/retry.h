// When a post that was not taken is tried again (spec notifications §7). Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace porchlight::webhook {

inline constexpr Duration kFirstTimeout =
    std::chrono::seconds(3);  // a post that is taken later was not taken
inline constexpr Duration kRetryTimeout = std::chrono::seconds(10);  // the same, of each retry
inline constexpr Duration kRetryFirst = std::chrono::seconds(10);
inline constexpr int kRetryDoublings = 5;  // 10, 20, 40, 80, 160, 320 s
inline constexpr Duration kRetryLongest = std::chrono::minutes(10);
inline constexpr int kRetryJitterPercent = 20;
inline constexpr Duration kRetryUntil = std::chrono::hours(4);

// How long to wait after the `failures`th failure (from 1), `since_first` after the first try. `random`: any
// 64 bits, for the jitter. The last try is at kRetryUntil; after it there is nothing.
std::optional<Duration> retry_wait(int failures, Duration since_first, std::uint64_t random);

}  // namespace porchlight::webhook
