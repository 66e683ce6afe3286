#include "http/http2_budget.h"

namespace porchlight::http {

bool Http2Budget::spend(FrameWork work, SteadyTime now) {
  if (period_began_ == SteadyTime::min() || now - period_began_ >= kPeriod) {
    *this = {};
    period_began_ = now;
  }
  const auto kind = static_cast<std::size_t>(work);
  std::uint64_t most = kMost[kind];
  if (work == FrameWork::kFollowUp) most += std::uint64_t{kFollowUpsPerFrame} * response_frames_;
  return ++spent_[kind] <= most;
}

}  // namespace porchlight::http
