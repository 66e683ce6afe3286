// What the users of the demo do while a server plays it: a script that repeats, and depends on the time alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "presence/event.h"

namespace porchlight::admin {

// How often a user does something.
inline constexpr Duration kDemoStep = std::chrono::seconds(7);
// How far ahead calendars reach, and how often they are written again.
inline constexpr Duration kDemoPlansAhead = std::chrono::hours(12);
inline constexpr Duration kDemoPlansEvery = std::chrono::hours(1);

// What one user does.
struct DemoAct {
  Guid user;
  presence::Command command;
};

// The calendars and the absence of the demo at `now`. Meetings repeat, counted from `start`.
std::vector<DemoAct> demo_plans(Time start, Time now);

// One run of the script. One thread.
class DemoScript {
 public:
  explicit DemoScript(Time start) : start_(start) {}
  // What is to be done at `now` and was not returned yet. What was missed is left out.
  std::vector<DemoAct> due(Time now);
  // When something is to be done after the last due().
  Time next() const { return start_ + (step_ ? *step_ + 1 : 0) * kDemoStep; }

 private:
  Time start_;
  std::optional<std::int64_t> step_;  // the last that due() returned
  std::optional<Time> planned_at_;    // when it returned the plans
};

}  // namespace porchlight::admin
