// A wait for people's states: what was seen of them so far, and what follows from it. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/time.h"
#include "watch/condition.h"

namespace porchlight::watch {

enum class Mode : std::uint8_t {
  kAny,  // the condition holds for one person at least
  kAll,  // ... for all of them at the same time
};

struct WaitTerms {
  Mode mode = Mode::kAny;
  Condition until;
  Duration hold{};  // for how long the condition has to hold without a break
  Time deadline;
};

// From the moment of the look on, this person is seen so.
struct Observation {
  std::size_t person;  // from 0 on
  presence::State state;
};

// The condition holds at `at`, and has held for as long as the terms ask, for these people.
struct Met {
  Time at;
  std::vector<std::size_t> people;
};
struct StillWaiting {
  Time recheck_at;  // when the verdict changes if nothing else does
};
struct TimedOut {
  Time at;
};
using WaitStatus = std::variant<StillWaiting, Met, TimedOut>;

// For how long something has held, in half-open stretches. A break of no time at all is none: two changes in
// one millisecond give the same, seen apart or as one.
class HoldTimer {
 public:
  void set(bool holds, Time now);
  bool holds() const { return holds_; }
  // When it will have held for `hold`; nothing while it does not hold.
  std::optional<Time> satisfied_at(Duration hold) const;

 private:
  bool holds_ = false;
  Time since_{};
  std::optional<Time> broken_at_;
};

// Nothing holds for anybody before the first sighting of them: what was before the wait does not count.
class Wait {
 public:
  Wait(const WaitTerms& terms, std::size_t people);

  // Takes in what is new at `now`, everything that changes at one moment together, and says how it stands.
  // Time does not run backwards: a clock that does is taken to stand still.
  WaitStatus observe(Time now, std::span<const Observation> seen);

 private:
  void record(const Observation& observation);
  WaitStatus status_any() const;
  WaitStatus status_all() const;
  WaitStatus still_waiting(std::optional<Time> satisfied_at) const;

  const WaitTerms terms_;
  std::vector<HoldTimer> timers_;    // by person
  std::size_t satisfied_count_ = 0;  // for how many people the condition holds
  HoldTimer all_timer_;
  Time now_ = Time::min();
};

}  // namespace porchlight::watch
