// Reads iCalendar feeds (RFC 5545) and returns when their owner is busy and when out of office. Nothing else of a feed
// is kept.
#pragma once

#include <cstddef>
#include <expected>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"
#include "calendar/feed_settings.h"
#include "calendar/work_budget.h"
#include "presence/calendar.h"
#include "timezone/zone.h"

namespace porchlight::calendar {

// Visible occurrences within the window. A feed beyond it is refused, as beyond FeedSettings::bytes_max, kDepthMax and
// kWorkMax.
inline constexpr std::size_t kOccurrencesMax = presence::kCalendarSpansMax;

// How far ahead of the current time calendars are stored.
inline constexpr Duration kHorizon = std::chrono::days(366);

// How a feed is read.
struct FeedOptions {
  timezone::Zone zone;             // of times without a zone, and of whole days
  presence::Span window;           // within the years 1 to 9999
  std::vector<std::string> owner;  // the owner's addresses among attendees, in any letter case
  FeedSettings settings = {};
  std::stop_token stop = {};  // ends the reading within a line or a step, with an error
};

// The result of read_feed(), and what it cost.
struct FeedReading {
  presence::Calendar calendar;
  WorkBudget work;
};

// Returns the times within the window in which the owner of a feed is busy and out of office. `bytes` are the feed in
// UTF-8, UTF-16 or Latin-1. A component that cannot be read is skipped and reported in the calendar. Fails if the text
// is no calendar, is truncated, or exceeds a limit; returns then one line that says what is wrong. Messages quote
// nothing of the feed. docs/calendars.md says which events count. Any thread.
std::expected<FeedReading, std::string> read_feed(std::string bytes, const FeedOptions& options);

// The addresses by which calendars invite a user: the userPrincipalName, and of a guest
// (`ana_fabrikam.com#EXT#@contoso.com`) the address at home, `ana@fabrikam.com`.
std::vector<std::string> addresses_of(const std::string& upn);

}  // namespace porchlight::calendar
