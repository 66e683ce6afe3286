// The part of a user's calendar that presence needs: when the user is busy and when out of office (spec presence §2.2,
// §8).
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"

namespace porchlight::presence {

// The half-open time interval [from, until).
struct Span {
  Time from;
  Time until;
  friend bool operator==(const Span&, const Span&) = default;
};

// Both lists are sorted, and no two spans of one list overlap or touch.
struct Calendar {
  std::vector<Span> busy;           // events that show as busy
  std::vector<Span> out_of_office;  // events that show as out of office
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
