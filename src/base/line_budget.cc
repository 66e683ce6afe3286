#include "base/line_budget.h"

#include <utility>

namespace porchlight {

std::optional<std::uint64_t> LineBudget::take(std::chrono::steady_clock::time_point now) {
  const MutexLock lock(mutex_);
  if (!minute_began_ || now - *minute_began_ >= std::chrono::minutes(1)) {
    minute_began_ = now;
    taken_ = 0;
  }
  if (taken_ == kLinesPerMinute) {
    ++refused_;
    return std::nullopt;
  }
  ++taken_;
  return std::exchange(refused_, 0);
}

}  // namespace porchlight
