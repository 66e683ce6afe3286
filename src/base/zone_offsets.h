// The offsets of a time zone from UTC, as a table: for modules that convert between local time and UTC without the
// database of time zones. timezone/zone.h makes them.
#pragma once

#include <algorithm>
#include <vector>

#include "base/time.h"

namespace porchlight {

// Immutable. Each conversion costs a binary search.
class ZoneOffsets {
 public:
  // From `from` on, local time is UTC plus `offset`.
  struct Change {
    Time from;
    Duration offset;
    friend bool operator==(const Change&, const Change&) = default;
  };

  // UTC.
  ZoneOffsets() = default;
  // `initial` counts before the first change; `changes` ascend.
  ZoneOffsets(Duration initial, std::vector<Change> changes)
      : initial_(initial), changes_(std::move(changes)) {
    Duration before = initial_;
    for (const Change& change : changes_) {
      const Time local_end = change.from + std::max(before, change.offset);
      local_ends_.push_back(LocalTime(local_end.time_since_epoch()));
      before = change.offset;
    }
  }

  // The local time that clocks show at `time`.
  LocalTime to_local(Time time) const {
    const auto after = std::ranges::upper_bound(changes_, time, {}, &Change::from);
    return LocalTime(time.time_since_epoch() +
                     offset_before(static_cast<std::size_t>(after - changes_.begin())));
  }

  // The time at which clocks show `local`. A local time that a change skips is converted with the offset before it, and
  // of one that occurs twice the first is returned, as by timezone::Zone.
  Time to_time(LocalTime local) const {
    const auto after = std::ranges::upper_bound(local_ends_, local);
    return Time(local.time_since_epoch() -
                offset_before(static_cast<std::size_t>(after - local_ends_.begin())));
  }

  friend bool operator==(const ZoneOffsets& a, const ZoneOffsets& b) {
    return a.initial_ == b.initial_ && a.changes_ == b.changes_;
  }

 private:
  // The offset after the first `count` changes.
  Duration offset_before(std::size_t count) const {
    return count == 0 ? initial_ : changes_[count - 1].offset;
  }

  Duration initial_{0};
  std::vector<Change> changes_;
  std::vector<LocalTime> local_ends_;  // by change: the local time from which its offset counts
};

}  // namespace porchlight
