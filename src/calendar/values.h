// The values of properties, read by libical. What libical cannot be trusted with from strangers is not asked
// of it: its component parser aborts on some texts, and its iterator of recurrences goes on for ever with
// some rules.
#pragma once

#include <libical/ical.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace porchlight::calendar {

// A DATE (a whole day, `local` its midnight) or a DATE-TIME, in UTC where `utc`.
struct DateTimeValue {
  LocalTime local;
  bool date = false;
  bool utc = false;
};
std::optional<DateTimeValue> parse_date_time_value(std::string_view text);

// A DURATION: days by the calendar, then the rest by the clock (RFC 5545 §3.3.6); at most kNominalDaysMax of each.
struct NominalDuration {
  std::chrono::days days{0};
  Duration exact{0};
};
inline constexpr std::chrono::days kNominalDaysMax{366 * 10'000};
// Nothing also where it is negative.
std::optional<NominalDuration> parse_nominal_duration(std::string_view text);

// A UTC-OFFSET.
std::optional<Duration> parse_offset(std::string_view text);

// A RECUR: libical's record of it, and how far it goes.
struct RecurrenceRule {
  icalrecurrencetype parts;
  std::optional<DateTimeValue> until;
};
// Nothing also for other calendars than the Gregorian (RFC 7529).
std::optional<RecurrenceRule> parse_recurrence_rule(std::string_view text);

}  // namespace porchlight::calendar
