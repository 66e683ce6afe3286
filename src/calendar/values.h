// Parses the values of properties: durations and recurrence rules with libical. Two parts of libical are not used,
// because feeds are untrusted: its component parser aborts on some texts, and its iterator of recurrences does not
// terminate for some rules. lines.h and recurrence.h take their place. All functions may be called from any thread and
// return nullopt for malformed values.
#pragma once

#include <libical/ical.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace porchlight::calendar {

// A DATE or a DATE-TIME.
struct DateTimeValue {
  LocalTime local;    // of a DATE, its midnight
  bool date = false;  // a DATE: a whole day
  bool utc = false;   // a DATE-TIME in UTC; else in the zone of the property
};
std::optional<DateTimeValue> parse_date_time_value(std::string_view text);

// A DURATION: days of the calendar, then exact time (RFC 5545 §3.3.6). Each is at most kNominalDaysMax.
struct NominalDuration {
  std::chrono::days days{0};
  Duration exact{0};
};
inline constexpr std::chrono::days kNominalDaysMax{366 * 10'000};
// Negative durations are refused.
std::optional<NominalDuration> parse_nominal_duration(std::string_view text);

// A UTC-OFFSET, `±hhmm[ss]`; positive east of Greenwich.
std::optional<Duration> parse_offset(std::string_view text);

inline constexpr std::size_t kRuleBytesMax = 512;  // the text of a RECUR

// A RECUR.
struct RecurrenceRule {
  icalrecurrencetype parts;            // its rscale is null; its until is not used
  std::optional<DateTimeValue> until;  // UNTIL
};
// Blanks in the text are ignored. Rules for calendars other than the Gregorian (RFC 7529) are refused.
std::optional<RecurrenceRule> parse_recurrence_rule(std::string_view text);

}  // namespace porchlight::calendar
