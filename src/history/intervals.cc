// Between two changes of the record the visible state still changes by time: sessions fade and expire.
// presence::next_change() gives the next such moment, so each record is walked from one to the next.
#include "history/intervals.h"

#include <algorithm>
#include <map>

#include "presence/rules.h"

namespace porchlight::history {
namespace {

using presence::Record;

// Joins adjacent equal intervals. add() returns false for the first interval beyond the limit.
class IntervalBuilder {
 public:
  explicit IntervalBuilder(std::size_t limit) : limit_(limit) {}
  bool add(const Interval& next) {
    if (next.start == next.end) return true;
    if (!list_.empty() && continues(list_.back(), next)) {
      list_.back().end = next.end;
      return true;
    }
    if (list_.size() == limit_) return false;
    list_.push_back(next);
    return true;
  }
  std::vector<Interval> take() { return std::move(list_); }

 private:
  static bool continues(const Interval& last, const Interval& next) {
    return last.end == next.start && last.state == next.state && last.out_of_office == next.out_of_office;
  }

  const std::size_t limit_;
  std::vector<Interval> list_;
};

// Adds the intervals of one record in [from, until). Returns the start of the first one that did not fit, or `until`.
Time add_record_intervals(IntervalBuilder& builder, const Record& record, Time from, Time until,
                          const presence::Policy& policy, const Mask& mask) {
  if (const auto shown = mask(record)) return builder.add({from, until, *shown, false}) ? until : from;
  while (from < until) {
    const auto seen = presence::explain(record, from, policy);
    const Time end = std::min(presence::next_change(record, from, policy).value_or(until), until);
    if (!builder.add({from, end, seen.state, seen.out_of_office})) return from;
    from = end;
  }
  return until;
}

}  // namespace

// The records of the timeline one after another; a record is in force until the next change.
Intervals intervals_of(const Timeline& timeline, Time from, const presence::Policy& policy, const Mask& mask,
                       std::size_t limit) {
  IntervalBuilder builder(limit);
  const std::optional<Record>* record = &timeline.before;
  for (std::size_t i = 0; i <= timeline.changes.size(); ++i) {
    const bool is_last = i == timeline.changes.size();
    const Time until = is_last ? timeline.until : timeline.changes[i].at;
    const Time reached = *record ? add_record_intervals(builder, **record, from, until, policy, mask) : until;
    if (reached < until) return {builder.take(), reached};
    from = until;
    if (!is_last) record = &timeline.changes[i].record;
  }
  return {builder.take(), timeline.until};
}

std::vector<Total> totals_of(const std::vector<Interval>& intervals) {
  std::map<presence::State, Duration> times;
  for (const Interval& interval : intervals) times[interval.state] += interval.end - interval.start;
  std::vector<Total> totals;
  totals.reserve(times.size());
  for (const auto& [state, time] : times) totals.push_back({state, time});
  return totals;
}

}  // namespace porchlight::history
