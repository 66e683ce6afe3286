// Reads iCalendar feeds (RFC 5545) and returns when their owner is busy and when out of office. Nothing else of a feed
// is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/time.h"
#include "presence/calendar.h"
#include "timezone/zone.h"

namespace porchlight::calendar {

// A feed that exceeds one of these limits is refused.
inline constexpr std::size_t kFeedBytesMax = 1 << 20;
inline constexpr std::size_t kComponentsMax = 10'000;                        // pairs of BEGIN and END
inline constexpr std::size_t kDepthMax = 8;                                  // nesting of components
inline constexpr std::size_t kOccurrencesMax = presence::kCalendarSpansMax;  // visible ones within the window
// The work that all recurrences of a feed may take: days that are examined plus occurrences that are found, within the
// window or not. At most about 50 ms.
inline constexpr std::int64_t kWorkMax = 1'000'000;
inline constexpr std::size_t kRuleBytesMax = 512;  // the text of one RRULE or EXRULE

// How far ahead of the current time calendars are stored.
inline constexpr Duration kHorizon = std::chrono::days(366);

// Returns the times within `window` in which the owner of the feed `text` is busy and out of office. On failure returns
// one line that says what is wrong and quotes nothing of the feed. Times without a zone, and whole days, are in `zone`.
// The window must lie within the years 1 to 9999. docs/calendars.md says which events count. Any thread.
std::expected<presence::Calendar, std::string> read_feed(std::string_view text, const timezone::Zone& zone,
                                                         presence::Span window);

}  // namespace porchlight::calendar
