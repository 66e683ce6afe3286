// Intervals of time with one presence state each, computed from the records of a timeline. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "history/timeline.h"
#include "presence/policy.h"
#include "presence/state.h"

namespace porchlight::history {

// An interval [start, end) in which readers saw one state.
struct Interval {
  Time start;
  Time end;
  presence::State state;
  bool out_of_office;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// A list of intervals, complete up to a time.
struct Intervals {
  // Ascending. Adjacent intervals differ; in a gap the user did not exist.
  std::vector<Interval> list;
  Time until;  // the list is complete before this time
};

// The state that the reader sees instead of the record's (visibility); nullopt if the reader may see the record.
using Mask = std::function<std::optional<presence::State>(const presence::Record&)>;

// The first `limit` intervals in [from, timeline.until). If there are more, `until` of the result is the start of the
// next one. `limit` must not be 0.
Intervals intervals_of(const Timeline& timeline, Time from, const presence::Policy& policy, const Mask& mask,
                       std::size_t limit);

// The time that a state was in force.
struct Total {
  presence::State state;
  Duration time;
  friend bool operator==(const Total&, const Total&) = default;
};

// The total time of each state that occurs, in order of rank.
std::vector<Total> totals_of(const std::vector<Interval>& intervals);

}  // namespace porchlight::history
