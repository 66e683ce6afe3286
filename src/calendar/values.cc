// Each function checks the size of the text before libical sees it, and the ranges of the fields after: libical
// accepts dates such as the 31st of February.
#include "calendar/values.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace porchlight::calendar {
namespace {

using std::chrono::local_days;

constexpr std::size_t kDateBytes = 8;       // YYYYMMDD
constexpr std::size_t kDateTimeBytes = 15;  // YYYYMMDDTHHMMSS, without the Z of UTC
constexpr std::size_t kValueBytesMax = 64;  // of a DURATION
constexpr std::size_t kLengthBytesMin = 3;  // P1D; libical reads shorter texts as a length of zero

// Sets up libical's global state once, so that later calls only read it: errors are return values, and the zone UTC is
// created.
void prepare_libical() {
  [[maybe_unused]] static const bool done = [] {
    icalerror_set_errors_are_fatal(0);
    return icaltimezone_get_utc_timezone() != nullptr;
  }();
}

// libical would read such a text only up to the NUL.
bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// Returns nullopt if the date or the time of day does not exist.
std::optional<DateTimeValue> to_moment(const icaltimetype& time) {
  const auto date = std::chrono::year(time.year) / time.month / time.day;
  if (time.year < 1 || time.year > 9999 || time.month < 1 || time.day < 1 || !date.ok()) return std::nullopt;
  const auto in = [](int value, int max) { return value >= 0 && value <= max; };
  if (!in(time.hour, 23) || !in(time.minute, 59) || !in(time.second, 60))
    return std::nullopt;  // 60: a leap second
  const auto clock =
      std::chrono::hours(time.hour) + std::chrono::minutes(time.minute) + std::chrono::seconds(time.second);
  return DateTimeValue{local_days(date) + clock, time.is_date != 0, icaltime_is_utc(time) != 0};
}

}  // namespace

// Not with libical, which takes ten times as long: a feed may have half a million times.
std::optional<DateTimeValue> parse_date_time_value(std::string_view text) {
  const bool utc = text.ends_with('Z');
  if (utc) text.remove_suffix(1);
  const bool date = text.size() == kDateBytes;
  const bool time = text.size() == kDateTimeBytes && text[kDateBytes] == 'T';
  if (!(date && !utc) && !time) return std::nullopt;
  bool good = true;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) {
      good = good && is_digit(c);
      value = value * 10 + (c - '0');
    }
    return value;
  };
  icaltimetype read = icaltime_null_time();
  read.year = number(0, 4), read.month = number(4, 2), read.day = number(6, 2);
  if (time) read.hour = number(9, 2), read.minute = number(11, 2), read.second = number(13, 2);
  read.is_date = date;
  auto moment = good ? to_moment(read) : std::nullopt;
  if (moment) moment->utc = utc;
  return moment;
}

std::optional<NominalDuration> parse_nominal_duration(std::string_view text) {
  prepare_libical();
  if (text.size() < kLengthBytesMin || text.size() > kValueBytesMax || has_nul(text)) return std::nullopt;
  const icaldurationtype read = icaldurationtype_from_string(std::string(text).c_str());
  if (icaldurationtype_is_bad_duration(read) || read.is_neg) return std::nullopt;
  const auto days = std::chrono::days(read.days) + std::chrono::weeks(read.weeks);
  const Duration exact = std::chrono::hours(read.hours) + std::chrono::minutes(read.minutes) +
                         std::chrono::seconds(read.seconds);
  return NominalDuration{std::min<std::chrono::days>(days, kNominalDaysMax),
                         std::min<Duration>(exact, kNominalDaysMax)};
}

std::optional<Duration> parse_offset(std::string_view text) {
  if ((text.size() != 5 && text.size() != 7) || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  if (!std::all_of(text.begin() + 1, text.end(), is_digit)) return std::nullopt;
  const auto two = [text](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int hours = two(1), minutes = two(3), seconds = text.size() == 7 ? two(5) : 0;
  if (hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  const Duration offset =
      std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  return text[0] == '-' ? -offset : offset;
}

std::optional<RecurrenceRule> parse_recurrence_rule(std::string_view text) {
  prepare_libical();
  if (text.size() > kRuleBytesMax || has_nul(text)) return std::nullopt;
  std::string compact(text);
  std::erase(compact, ' ');
  RecurrenceRule rule{icalrecurrencetype_from_string(compact.c_str()), std::nullopt};
  const bool other_calendar = (rule.parts.rscale && !equals_ignore_case(rule.parts.rscale, "GREGORIAN")) ||
                              rule.parts.skip != ICAL_SKIP_OMIT;
  std::free(rule.parts.rscale);
  rule.parts.rscale = nullptr;
  if (rule.parts.freq == ICAL_NO_RECURRENCE || rule.parts.interval < 1 || other_calendar) return std::nullopt;
  if (!icaltime_is_null_time(rule.parts.until)) {
    rule.until = to_moment(rule.parts.until);
    if (!rule.until) return std::nullopt;
  }
  return rule;
}

}  // namespace porchlight::calendar
