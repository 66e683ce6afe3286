#include "notify/wait.h"

#include <algorithm>
#include <numeric>

namespace porchlight::notify {

void Held::set(bool holds, Time now) {
  if (holds == holds_) return;
  holds_ = holds;
  if (!holds)
    broken_at_ = now;
  else if (broken_at_ != now)
    since_ = now;
}

std::optional<Time> Held::ripe(Duration hold) const {
  if (!holds_) return std::nullopt;
  return since_ + hold;
}

Wait::Wait(const Terms& terms, std::size_t people) : terms_(terms), held_(people) {}

Verdict Wait::look(Time now, std::span<const Sighting> seen) {
  now_ = std::max(now_, now);
  for (const Sighting& sighting : seen) see(sighting);
  all_held_.set(meeting_ == held_.size(), now_);
  return terms_.mode == Mode::kAny ? verdict_any() : verdict_all();
}

void Wait::see(const Sighting& sighting) {
  Held& held = held_[sighting.person];
  const bool meets = terms_.until.holds(sighting.state);
  meeting_ += static_cast<std::size_t>(meets) - static_cast<std::size_t>(held.holds());
  held.set(meets, now_);
}

Verdict Wait::verdict_any() const {
  Met met{now_, {}};
  std::optional<Time> next;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const auto ripe = held_[i].ripe(terms_.hold);
    if (!ripe) continue;
    if (*ripe <= now_) met.people.push_back(i);
    next = std::min(next.value_or(*ripe), *ripe);
  }
  if (!met.people.empty()) return met;
  return not_yet(next);
}

Verdict Wait::verdict_all() const {
  const auto ripe = all_held_.ripe(terms_.hold);
  if (!ripe || *ripe > now_) return not_yet(ripe);
  Met met{now_, std::vector<std::size_t>(held_.size())};
  std::iota(met.people.begin(), met.people.end(), std::size_t{0});
  return met;
}

Verdict Wait::not_yet(std::optional<Time> ripe) const {
  if (now_ >= terms_.deadline) return TimedOut{now_};
  return NotYet{std::min(ripe.value_or(terms_.deadline), terms_.deadline)};
}

}  // namespace porchlight::notify
