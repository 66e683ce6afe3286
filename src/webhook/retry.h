// When a failed post is tried again (spec notifications §7). Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace porchlight::webhook {

// Of the first try; a later answer counts as a failure.
inline constexpr Duration kFirstTimeout = std::chrono::seconds(3);
inline constexpr Duration kRetryTimeout = std::chrono::seconds(10);  // of each retry
inline constexpr Duration kRetryFirst = std::chrono::seconds(10);    // the first wait; it doubles
inline constexpr int kRetryDoublings = 5;                            // 10, 20, 40, 80, 160, 320 s
inline constexpr Duration kRetryLongest = std::chrono::minutes(10);  // every wait after the doublings
inline constexpr int kRetryJitterPercent = 20;                       // of a wait, in both directions
// After the first try; then the post is given up.
inline constexpr Duration kRetryUntil = std::chrono::hours(4);

// The wait after failure number `failures` (from 1), `since_first` after the first try. `random`: 64 random
// bits for the jitter. The last try is at kRetryUntil; after it, nullopt.
std::optional<Duration> retry_wait(int failures, Duration since_first, std::uint64_t random);

}  // namespace porchlight::webhook
