// The part of a user's calendar that presence needs: when the user is busy and when out of office (spec presence §2.2,
// §8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace porchlight::presence {

// The half-open time interval [from, until).
struct Span {
  Time from;
  Time until;
  friend bool operator==(const Span&, const Span&) = default;
};

// One part of a feed that the reader skipped, because it could not be read.
struct SkippedItem {
  std::uint32_t line;  // of the feed, from 1
  std::string reason;  // at most kSkippedReasonBytesMax; quotes nothing of the feed
  friend bool operator==(const SkippedItem&, const SkippedItem&) = default;
};

// What the reader skipped of the feed that a calendar comes from.
struct SkippedItems {
  std::uint32_t count = 0;
  std::vector<SkippedItem> first;  // the first kSkippedShownMax of them, by line
  friend bool operator==(const SkippedItems&, const SkippedItems&) = default;
};
inline constexpr std::size_t kSkippedShownMax = 10;
inline constexpr std::size_t kSkippedReasonBytesMax = 256;

// Both lists are sorted, and no two spans of one list overlap or touch.
struct Calendar {
  std::vector<Span> busy;           // events that show as busy
  std::vector<Span> out_of_office;  // events that show as out of office
  SkippedItems skipped = {};        // shows nothing; for those who may read the calendar
  friend bool operator==(const Calendar&, const Calendar&) = default;
};

// The largest number of spans in both lists together. The reader of a feed reports an error beyond it.
inline constexpr std::size_t kCalendarSpansMax = 10'000;

// The functions below take one of the lists of a Calendar and cost one binary search.

// The span that contains `now`; null if there is no such span.
const Span* span_at(const std::vector<Span>& spans, Time now);

// Whether a span contains `now`.
bool covers(const std::vector<Span>& spans, Time now);

// The first start or end of a span after `now`; nullopt if there is no such time.
std::optional<Time> next_edge(const std::vector<Span>& spans, Time now);

}  // namespace porchlight::presence
