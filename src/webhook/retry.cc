// Exponential backoff with jitter. The jitter spreads the retries of many subscriptions that failed together.
#include "webhook/retry.h"

#include <algorithm>

namespace porchlight::webhook {

std::optional<Duration> retry_wait(int failures, Duration since_first, std::uint64_t random) {
  if (since_first >= kRetryUntil) return std::nullopt;
  const Duration middle =
      failures > kRetryDoublings + 1 ? kRetryLongest : kRetryFirst * (1 << (std::max(failures, 1) - 1));
  const std::int64_t spread = middle.count() * kRetryJitterPercent / 100;
  const Duration jitter(static_cast<std::int64_t>(random % static_cast<std::uint64_t>(2 * spread + 1)) -
                        spread);
  return std::min(middle + jitter, kRetryUntil - since_first);
}

}  // namespace porchlight::webhook
