// The state machine of a wait for the presence of people: observations in, status out. Pure: no clock, no lock.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/time.h"
#include "watch/condition.h"

namespace porchlight::watch {

// For how many people the condition must hold.
enum class Mode : std::uint8_t {
  kAny,  // for at least one person
  kAll,  // for all of them at the same time
};

// What the client waits for.
struct WaitTerms {
  Mode mode = Mode::kAny;
  Condition until;
  Duration hold{};  // for how long the condition must hold without interruption
  Time deadline;    // when the wait times out
};

// The state of one person from the time of the observation on.
struct Observation {
  std::size_t person;  // index, below the number of people of the wait
  presence::State state;
};

// The condition has held for the whole of WaitTerms::hold at `at`, for these people.
struct Met {
  Time at;
  std::vector<std::size_t> people;  // indexes, ascending
};
// The condition has not held for long enough yet.
struct StillWaiting {
  Time recheck_at;  // when the status changes if no state does
};
// The deadline has passed, and the condition does not hold for long enough.
struct TimedOut {
  Time at;
};
using WaitStatus = std::variant<StillWaiting, Met, TimedOut>;

// Measures for how long a condition has held. A break that lasts less than a millisecond is not counted: two
// changes in one millisecond have the same effect whether they are observed separately or together.
class HoldTimer {
 public:
  // Records whether the condition holds from `now` on.
  void set(bool holds, Time now);
  bool holds() const { return holds_; }
  // When the condition will have held for `hold`. Returns nullopt while it does not hold.
  std::optional<Time> satisfied_at(Duration hold) const;

 private:
  bool holds_ = false;
  Time since_{};                   // the begin of the current period, while holds_
  std::optional<Time> broken_at_;  // the end of the last period
};

// One wait. A person who was not observed yet does not meet the condition: time before the wait does not count.
class Wait {
 public:
  // `people`: how many people are waited for.
  Wait(const WaitTerms& terms, std::size_t people);

  // Records the new states at `now` and returns the status. Changes of one moment must be passed together. If
  // `now` is before an earlier call's, that call's time is used.
  WaitStatus observe(Time now, std::span<const Observation> seen);

 private:
  void record(const Observation& observation);
  WaitStatus status_any() const;
  WaitStatus status_all() const;
  WaitStatus still_waiting(std::optional<Time> satisfied_at) const;

  const WaitTerms terms_;
  std::vector<HoldTimer> timers_;    // by index of the person
  std::size_t satisfied_count_ = 0;  // for how many people the condition holds
  HoldTimer all_timer_;              // of the condition for all people
  Time now_ = Time::min();           // of the last observe()
};

}  // namespace porchlight::watch
