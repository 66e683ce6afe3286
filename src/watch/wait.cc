#include "watch/wait.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace porchlight::watch {

// A period that begins in the millisecond in which the last one ended continues that one.
void HoldTimer::set(bool holds, Time now) {
  if (holds == holds_) return;
  holds_ = holds;
  if (!holds)
    broken_at_ = now;
  else if (broken_at_ != now)
    since_ = now;
}

std::optional<Time> HoldTimer::satisfied_at(Duration hold) const {
  if (!holds_) return std::nullopt;
  return since_ + hold;
}

Wait::Wait(const WaitTerms& terms, std::size_t people) : terms_(terms), timers_(people) {}

WaitStatus Wait::observe(Time now, std::span<const Observation> seen) {
  now_ = std::max(now_, now);
  for (const Observation& observation : seen) record(observation);
  all_timer_.set(satisfied_count_ == timers_.size(), now_);
  return terms_.mode == Mode::kAny ? status_any() : status_all();
}

// Keeps satisfied_count_ equal to the number of timers that hold. The difference wraps around for a decrease.
void Wait::record(const Observation& observation) {
  CHECK(observation.person < timers_.size());
  HoldTimer& timer = timers_[observation.person];
  const bool meets = terms_.until.holds(observation.state);
  satisfied_count_ += static_cast<std::size_t>(meets) - static_cast<std::size_t>(timer.holds());
  timer.set(meets, now_);
}

// Met by every person whose own timer is satisfied; else the first timer to be satisfied sets the next check.
WaitStatus Wait::status_any() const {
  Met met{now_, {}};
  std::optional<Time> next;
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    const auto satisfied_at = timers_[i].satisfied_at(terms_.hold);
    if (!satisfied_at) continue;
    if (*satisfied_at <= now_) met.people.push_back(i);
    next = std::min(next.value_or(*satisfied_at), *satisfied_at);
  }
  if (!met.people.empty()) return met;
  return still_waiting(next);
}

// Met by all people together or by none: one timer measures for how long all of them have held.
WaitStatus Wait::status_all() const {
  const auto satisfied_at = all_timer_.satisfied_at(terms_.hold);
  if (!satisfied_at || *satisfied_at > now_) return still_waiting(satisfied_at);
  Met met{now_, std::vector<std::size_t>(timers_.size())};
  std::iota(met.people.begin(), met.people.end(), std::size_t{0});
  return met;
}

// At the deadline a condition that is satisfied in the same millisecond counts as met, so this comes last.
WaitStatus Wait::still_waiting(std::optional<Time> satisfied_at) const {
  if (now_ >= terms_.deadline) return TimedOut{now_};
  return StillWaiting{std::min(satisfied_at.value_or(terms_.deadline), terms_.deadline)};
}

}  // namespace porchlight::watch
