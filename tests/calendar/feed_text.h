// Feeds as tests write them, and their calendars as text.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "calendar/feed.h"

namespace porchlight::calendar {

inline Time at(std::string_view text) { return parse_date_time(std::string(text) + "Z").value(); }

inline const timezone::Zone kBerlin = *timezone::Zone::find("Europe/Berlin");
inline const presence::Span kYear{at("2030-01-01T00:00:00"), at("2031-01-01T00:00:00")};

// Date and time without seconds, which are zero in all rows.
inline std::string to_text(Time time) {
  std::string text;
  append_date_time_seconds(text, time);
  return text.substr(0, 16);
}

inline std::string to_text(const std::vector<presence::Span>& spans) {
  std::string text;
  for (const presence::Span& span : spans)
    text += (text.empty() ? "" : " ") + to_text(span.from) + "/" + to_text(span.until);
  return text;
}

inline std::expected<FeedReading, std::string> read(std::string_view feed, presence::Span window = kYear) {
  return read_feed(std::string(feed), {.zone = kBerlin, .window = window, .owner = {"ana@contoso.com"}});
}

// The result as text: `busy`, or `busy + out of office`, or `! error`; then `~ line: reason` for each part that was
// skipped.
inline std::string to_text(const std::expected<FeedReading, std::string>& reading) {
  if (!reading) return "! " + reading.error();
  const presence::Calendar& calendar = reading->calendar;
  std::string text = to_text(calendar.busy);
  if (!calendar.out_of_office.empty()) text += "+ " + to_text(calendar.out_of_office);
  for (const presence::SkippedItem& item : calendar.skipped.first)
    text += fmt::format("{}~ line {}: {}", text.empty() ? "" : " ", item.line, item.reason);
  return text;
}

inline std::string summary(std::string_view feed) { return to_text(read(feed)); }

inline std::string calendar_of(std::string_view inside) {
  return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", inside);
}

// A calendar with one event of these lines. BEGIN:VEVENT is line 3.
inline std::string event(std::string_view lines) {
  return calendar_of(fmt::format("BEGIN:VEVENT\nUID:1\n{}\nEND:VEVENT\n", lines));
}

}  // namespace porchlight::calendar
