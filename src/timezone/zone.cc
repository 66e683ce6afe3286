// Conversion between Abseil's civil time and base/time.h. Abseil reads the tzdata files and finds gaps and overlaps; it
// counts in seconds, so milliseconds are split off and added again.
#include "timezone/zone.h"

#include <map>

#include "base/mutex.h"
#include "timezone/names.h"

namespace porchlight::timezone {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;

absl::CivilSecond to_civil(std::chrono::local_seconds local) {
  return absl::CivilSecond() + local.time_since_epoch().count();  // the default is 1970-01-01T00:00:00
}

Time from_absl(absl::Time time) { return Time(Duration(absl::ToUnixMillis(time))); }

// The changes of the offset from 1970 to 2100. Some changes of the rules leave the offset as it is.
ZoneOffsets table_of(const absl::TimeZone& rules) {
  const auto offset_at = [&](absl::Time time) { return Duration(seconds(rules.At(time).offset)); };
  const absl::Time end = absl::FromCivil(absl::CivilYear(2100), absl::UTCTimeZone());
  absl::Time at = absl::UnixEpoch();
  const Duration initial = offset_at(at);
  std::vector<ZoneOffsets::Change> changes;
  absl::TimeZone::CivilTransition transition;
  while (rules.NextTransition(at, &transition)) {
    at = rules.At(transition.to).trans;
    if (at >= end) break;
    const Duration offset = offset_at(at);
    if (offset != (changes.empty() ? initial : changes.back().offset))
      changes.push_back({from_absl(at), offset});
  }
  return {initial, std::move(changes)};
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
  const std::string* id = find_zone_id(name);
  absl::TimeZone rules;
  if (id == nullptr || !absl::LoadTimeZone(*id, &rules)) return std::nullopt;
  return Zone(rules);
}

Time Zone::to_time(LocalTime local) const {
  const auto whole = floor<seconds>(local);
  // `pre` uses the offset before a change: past the end of a gap, and the first of two times.
  return from_absl(rules_.At(to_civil(whole)).pre) + (local - whole);
}

LocalTime Zone::to_local(Time time) const {
  const int offset = rules_.At(absl::FromUnixSeconds(floor<seconds>(time).time_since_epoch().count())).offset;
  return LocalTime(time.time_since_epoch() + seconds(offset));
}

Shared<ZoneOffsets> Zone::offsets() const {
  static Mutex mutex;
  static std::map<std::string, Shared<ZoneOffsets>, std::less<>> tables;
  const MutexLock lock(mutex);
  auto& table = tables[rules_.name()];
  if (!table) table = table_of(rules_);
  return table;
}

Time Zone::start_of_day(std::chrono::local_days day) const {
  const auto midnight = rules_.At(to_civil(day));
  return from_absl(midnight.kind == absl::TimeZone::TimeInfo::SKIPPED ? midnight.trans : midnight.pre);
}

Time Zone::next_midnight(Time time) const {
  const auto day = floor<days>(to_local(time)) + days(1);
  const Time start = start_of_day(day);
  if (start > time) return start;
  // The clocks were set back across midnight, so this midnight occurs a second time after `time`.
  return from_absl(rules_.At(to_civil(day)).post);
}

}  // namespace porchlight::timezone
