// Abseil reads the rules and knows gaps and overlaps; here its civil seconds become our times.
#include "timezone/zone.h"

#include "timezone/names.h"

namespace porchlight::timezone {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;

absl::CivilSecond to_civil(std::chrono::local_seconds local) {
  return absl::CivilSecond() + local.time_since_epoch().count();  // its default is 1970-01-01T00:00:00
}

Time to_our_time(absl::Time time) { return Time(Duration(absl::ToUnixMillis(time))); }

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
  const std::string* id = find_zone_id(name);
  absl::TimeZone rules;
  if (id == nullptr || !absl::LoadTimeZone(*id, &rules)) return std::nullopt;
  return Zone(rules);
}

Time Zone::to_time(LocalTime local) const {
  const auto whole = floor<seconds>(local);
  // `pre` goes by the offset before a change: later than a gap, and the first of two.
  return to_our_time(rules_.At(to_civil(whole)).pre) + (local - whole);
}

LocalTime Zone::to_local(Time time) const {
  const int offset = rules_.At(absl::FromUnixSeconds(floor<seconds>(time).time_since_epoch().count())).offset;
  return LocalTime(time.time_since_epoch() + seconds(offset));
}

Time Zone::start_of_day(std::chrono::local_days day) const {
  const auto midnight = rules_.At(to_civil(day));
  return to_our_time(midnight.kind == absl::TimeZone::TimeInfo::SKIPPED ? midnight.trans : midnight.pre);
}

Time Zone::next_midnight(Time time) const {
  const auto day = floor<days>(to_local(time)) + days(1);
  const Time start = start_of_day(day);
  if (start > time) return start;
  // Clocks went back over a midnight that had been, and it comes again.
  return to_our_time(rules_.At(to_civil(day)).post);
}

}  // namespace porchlight::timezone
