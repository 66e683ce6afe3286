// iCalendar feeds (RFC 5545) to the one thing that presence needs of them: when their owner is busy or out of
// office.
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

// A feed beyond one of these is refused.
inline constexpr std::size_t kFeedBytesMax = 1 << 20;
inline constexpr std::size_t kComponentsMax = 10'000;  // everything between a BEGIN and its END
inline constexpr std::size_t kDepthMax = 8;            // components within components
inline constexpr std::size_t kOccurrencesMax = presence::kCalendarSpansMax;  // that show, in the window
// What recurrences may cost: days looked at, and moments found, whether in the window or not. Some 50 ms at
// most.
inline constexpr std::int64_t kWorkMax = 1'000'000;
inline constexpr std::size_t kRuleBytesMax = 512;  // the text of one recurrence

// How far ahead calendars are remembered.
inline constexpr Duration kHorizon = std::chrono::days(366);

// The stretches of `window` in which the owner of the feed `text` shows as busy and as out of office, or what
// is wrong with it, in one line that quotes nothing of it. Times without a zone and whole days are those of
// `zone`. The window must lie within the years 1 to 9999. What counts as what is in docs/calendars.md.
std::expected<presence::Calendar, std::string> read_feed(std::string_view text, const timezone::Zone& zone,
                                                         presence::Span window);

}  // namespace porchlight::calendar
