// A VTIMEZONE has one STANDARD or DAYLIGHT component per kind of change, each with dates or a recurrence. They are
// expanded once to a sorted list of changes, so that a conversion does not evaluate rules.
#include "calendar/feed_zone.h"

#include <algorithm>

#include "base/check.h"

namespace porchlight::calendar {
namespace {

constexpr LocalTime kFirst = std::chrono::local_days(std::chrono::year(1970) / 1 / 1);

// Appends the changes of one STANDARD or DAYLIGHT.
Read<void> add_changes(const Component& part, LocalTime until, WorkBudget& work,
                       std::vector<OffsetChange>& changes) {
  const ContentLine* begin = part.find(PropertyName::kDtStart);
  const ContentLine* from = part.find(PropertyName::kTzOffsetFrom);
  const ContentLine* to = part.find(PropertyName::kTzOffsetTo);
  const auto start = begin ? parse_date_time_value(begin->value) : std::nullopt;
  const auto before = from ? parse_offset(from->value) : std::nullopt;
  const auto after = to ? parse_offset(to->value) : std::nullopt;
  if (!start || !before || !after)
    return std::unexpected(
        Fault{part.number, "this part of a time zone", "lacks a good DTSTART, TZOFFSETFROM or TZOFFSETTO"});
  std::vector<LocalTime> times;
  bool recurs = false;
  for (const ContentLine& line : part.lines) {
    if (line.name == PropertyName::kRDate) {
      const auto moment = parse_date_time_value(line.value);
      if (!moment) return std::unexpected(line.fault("is not one date and time"));
      times.push_back(moment->local);
    } else if (line.name == PropertyName::kRRule) {
      const auto rule = parse_recurrence_rule(line.value);
      if (!rule) return std::unexpected(line.fault("cannot be read"));
      std::optional<LocalTime> last;
      if (rule->until) last = rule->until->local + (rule->until->utc ? *before : Duration(0));
      recurs = true;
      if (!expand(rule->parts, start->local, last, kFirst, until, work, times))
        return std::unexpected(line.fault("makes the recurrences too much work"));
    }
  }
  if (!recurs) times.push_back(start->local);
  for (const LocalTime at : times) changes.push_back({at, *before, *after});
  return {};
}

}  // namespace

FeedZone::FeedZone(Duration offset) : FeedZone({{kFirst, offset, offset}}) {}

FeedZone::FeedZone(std::vector<OffsetChange> changes) : changes_(std::move(changes)) {
  CHECK(!changes_.empty());
  std::ranges::sort(changes_, {}, &OffsetChange::at);
}

Time FeedZone::to_time(LocalTime local) const {
  if (changes_.empty()) return zone_.to_time(local);
  const auto next = std::ranges::upper_bound(changes_, local, {}, &OffsetChange::at);
  const auto with = [local](Duration offset) { return Time(local.time_since_epoch() - offset); };
  if (next == changes_.begin()) return with(next->before);
  const OffsetChange& change = *std::prev(next);
  // If clocks go forward, local times of the gap lie after `at` but do not exist.
  const bool in_gap = local < change.at + (change.after - change.before);
  return with(in_gap ? change.before : change.after);
}

// Before the first change, the offset that it replaces is used.
LocalTime FeedZone::to_local(Time time) const {
  if (changes_.empty()) return zone_.to_local(time);
  const auto begins = [](const OffsetChange& change) {
    return Time(change.at.time_since_epoch() - change.before);
  };
  const auto next = std::ranges::upper_bound(changes_, time, {}, begins);
  const Duration offset = next == changes_.begin() ? next->before : std::prev(next)->after;
  return LocalTime(time.time_since_epoch() + offset);
}

Read<FeedZone> read_timezone(const Component& timezone, LocalTime until, WorkBudget& work) {
  std::vector<OffsetChange> changes;
  for (const Component& part : timezone.inside)
    if (auto read = add_changes(part, until, work, changes); !read)
      return std::unexpected(std::move(read.error()));
  if (changes.empty())
    return std::unexpected(Fault{timezone.number, "this time zone", "says nothing of its offset"});
  return FeedZone(std::move(changes));
}

}  // namespace porchlight::calendar
