// Times and durations as text: ISO 8601 in and out, Edm.Duration in, HTTP dates out.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight {

// An Edm.Duration (OData 4.01): `[-]P[nD][T[nH][nM][n[.n]S]]`, whole string, at least one part, no years,
// months or weeks. Nanoseconds; finer digits that are not zero round away from zero, so that nothing out of a
// range slips in. Nothing where it is malformed or does not fit.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// `2030-01-07T09:00:00.0000000Z` (7 digits, as Graph writes a DateTimeOffset); and `2030-01-07T09:00:00`
// (innerError.date).
void append_date_time(std::string& out, Time time);
void append_date_time_seconds(std::string& out, Time time);

// `2030-01-07T09:00:00[.fff…](Z|±hh:mm)` to ms, whole string; nothing where it is malformed or no such day or
// time.
std::optional<Time> parse_date_time(std::string_view text);

// `2030-01-07T09:00[:00[.f{1,7}]]` to ms, whole string, without designator or offset, as Graph writes the
// dateTime of a dateTimeTimeZone (spec presence §7); nothing where it is malformed or no such day or time.
std::optional<LocalTime> parse_local_date_time(std::string_view text);

// The same out, with 7 digits: `2030-01-07T09:00:00.0000000`.
void append_local_date_time(std::string& out, LocalTime time);

// `Mon, 07 Jan 2030 09:00:00 GMT` (RFC 9110 §5.6.7), 29 characters.
void append_http_date(std::string& out, Time time);

// `P1DT2H3M4.005S`: what parse_duration() takes, in its shortest form; `PT0S` for none. Not negative.
void append_duration(std::string& out, Duration duration);

// A duration for people and configuration: `1h`, `30m`, `90s`, `2d`, `500ms`, or an ISO 8601 duration.
std::optional<Duration> parse_human_duration(std::string_view text);

}  // namespace porchlight
