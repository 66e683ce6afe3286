// HostHealth keeps the last ten minutes in ten slices of one minute. A slice is reset when its place is used
// again, so add() costs one pass over ten slices and no memory grows with the traffic.
#include "webhook/host_health.h"

namespace porchlight::webhook {

// Sums the slices of the window that ends with slice `number`.
HostHealth::WindowSlice HostHealth::in_window(std::int64_t number) const {
  WindowSlice sum;
  for (const WindowSlice& slice : slices_) {
    if (slice.number <= number - std::ssize(slices_)) continue;
    sum.answers += slice.answers;
    sum.slow += slice.slow;
    sum.late += slice.late;
  }
  return sum;
}

void HostHealth::add(SteadyTime now, Duration took) {
  if (state(now) == Level::kDropped) return;  // a post that was in flight when the host was dropped
  const std::int64_t number = now.time_since_epoch() / (kHealthWindow / std::ssize(slices_));
  WindowSlice& slice = slices_[static_cast<std::size_t>(number) % slices_.size()];
  if (slice.number != number) slice = {.number = number};
  ++slice.answers;
  slice.slow += took >= kSlowAnswer;
  slice.late += took >= kLateAnswer;

  const WindowSlice sum = in_window(number);
  if (sum.answers < kHealthAnswersMin) return;
  const bool dropped = sum.late * 100 > sum.answers * kLatePercent;
  const bool slow = sum.slow * 100 > sum.answers * kSlowPercent;
  if (!dropped && !slow) return;
  state_ = dropped ? Level::kDropped : Level::kSlow;
  until_ = now + kHealthPause;
  slices_ = {};  // counted once: after the pause a host is judged by new answers
}

}  // namespace porchlight::webhook
