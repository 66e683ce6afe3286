// Times and durations as text: ISO 8601 and Edm.Duration in both directions, HTTP dates for output. Parsers accept a
// text only as a whole and return nullopt for a malformed one.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight {

// Parses an Edm.Duration (OData 4.01): `[-]P[nD][T[nH][nM][n[.n]S]]` with at least one part, without years, months and
// weeks. Digits beyond nanoseconds round away from zero, so that a value just above a limit stays above it. Returns
// nullopt also if the duration does not fit 64 bits.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// A time as a client sent it: the millisecond, which is what all rules use, and the rest in ticks of 100 ns, 0 to
// 9,999, so that answers can repeat the time with Graph's 7 digits.
struct SentTime {
  Time time;
  std::uint16_t ticks = 0;
  friend bool operator==(const SentTime&, const SentTime&) = default;
};
// The same of a local time.
struct SentLocalTime {
  LocalTime time;
  std::uint16_t ticks = 0;
  friend bool operator==(const SentLocalTime&, const SentLocalTime&) = default;
};

// Appends `2030-01-07T09:00:00.0000000Z`, with 7 digits as Graph writes a DateTimeOffset. `ticks`: see SentTime. Times
// outside the years 1 to 9999 are written as the nearest time within them; this holds for all functions here that write
// a date.
void append_date_time(std::string& out, Time time, std::uint16_t ticks = 0);
// Appends `2030-01-07T09:00:00`, the form of innerError.date.
void append_date_time_seconds(std::string& out, Time time);

// Parses `2030-01-07T09:00:00[.f{1,12}](Z|±hh:mm)`. Digits beyond the seventh are ignored. Returns nullopt also if the
// date or the time of day does not exist, or if the result lies outside the years 1 to 9999.
std::optional<SentTime> parse_sent_time(std::string_view text);
// The same, to the millisecond; further digits are ignored.
std::optional<Time> parse_date_time(std::string_view text);

// Parses `2030-01-07T09:00[:00[.f{1,7}]]` without designator or offset, as Graph writes the dateTime of a
// dateTimeTimeZone (spec presence §7). Returns nullopt also if the date or the time of day does not exist.
std::optional<SentLocalTime> parse_local_date_time(std::string_view text);

// Appends `2030-01-07T09:00:00.0000000`.
void append_local_date_time(std::string& out, const SentLocalTime& time);

// Appends `Mon, 07 Jan 2030 09:00:00 GMT` (RFC 9110 §5.6.7), always 29 characters.
void append_http_date(std::string& out, Time time);

// Appends an Edm.Duration in its shortest form, such as `P1DT2H3M4.005S`; `PT0S` for zero. The duration must not be
// negative.
void append_duration(std::string& out, Duration duration);

// Parses a duration of the configuration file or the command line: `1h`, `30m`, `90s`, `2d`, `500ms`, or an
// Edm.Duration.
std::optional<Duration> parse_human_duration(std::string_view text);

}  // namespace porchlight
