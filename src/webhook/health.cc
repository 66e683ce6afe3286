#include "webhook/health.h"

namespace porchlight::webhook {

// All that the window holds, added up.
HostHealth::Step HostHealth::in_window(std::int64_t number) const {
  Step sum;
  for (const Step& step : steps_) {
    if (step.number <= number - std::ssize(steps_)) continue;
    sum.answers += step.answers;
    sum.slow += step.slow;
    sum.late += step.late;
  }
  return sum;
}

void HostHealth::add(SteadyTime now, Duration took) {
  if (state(now) == State::kDropped) return;  // what was under way
  const std::int64_t number = now.time_since_epoch() / (kHealthWindow / std::ssize(steps_));
  Step& step = steps_[static_cast<std::size_t>(number) % steps_.size()];
  if (step.number != number) step = {.number = number};
  ++step.answers;
  step.slow += took >= kSlowAnswer;
  step.late += took >= kLateAnswer;

  const Step sum = in_window(number);
  if (sum.answers < kHealthAnswersMin) return;
  const bool dropped = sum.late * 100 > sum.answers * kLatePercent;
  const bool slow = sum.slow * 100 > sum.answers * kSlowPercent;
  if (!dropped && !slow) return;
  state_ = dropped ? State::kDropped : State::kSlow;
  until_ = now + kHealthRest;
  steps_ = {};  // what made it so is spent: after its rest, a host is judged anew
}

}  // namespace porchlight::webhook
