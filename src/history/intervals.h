// How a person's time was spent, from what was remembered of them then. Pure.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "history/timeline.h"
#include "presence/policy.h"
#include "presence/state.h"

namespace porchlight::history {

// A stretch [start, end) throughout which everyone saw the same state.
struct Interval {
  Time start;
  Time end;
  presence::State state;
  bool out_of_office;
  friend bool operator==(const Interval&, const Interval&) = default;
};

struct Intervals {
  // In order. Two that touch differ; between two that do not the person did not exist.
  std::vector<Interval> list;
  Time until;  // the list tells of all before this moment
};

// The state that shows instead of what a record says; nothing where what it says shows.
using Mask = std::function<std::optional<presence::State>(const presence::Record&)>;

// The intervals in [from, past.until), the first `limit` of them: `until` is then where the next one starts.
// `limit` must not be zero.
Intervals intervals_of(const Timeline& timeline, Time from, const presence::Policy& policy, const Mask& mask,
                       std::size_t limit);

struct Total {
  presence::State state;
  Duration time;
  friend bool operator==(const Total&, const Total&) = default;
};

// How long each state held in all, in order of rank; those that never did are left out.
std::vector<Total> totals_of(const std::vector<Interval>& intervals);

}  // namespace porchlight::history
