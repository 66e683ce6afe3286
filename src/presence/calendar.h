// What a person's calendar says of their time, in the only terms that presence needs (spec presence §2.2,
// §8).
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"

namespace porchlight::presence {

// A stretch of time, [from, until).
struct Span {
  Time from;
  Time until;
  friend bool operator==(const Span&, const Span&) = default;
};

// Both lists are in order, and no two spans of one list touch.
struct Calendar {
  std::vector<Span> busy;           // events that show as busy
  std::vector<Span> out_of_office;  // events that show as out of office
  friend bool operator==(const Calendar&, const Calendar&) = default;
};

// How many spans a calendar may have in all; more is the reader's error to tell.
inline constexpr std::size_t kCalendarSpansMax = 10'000;

// The span that `now` is in; null where it is in none.
const Span* span_at(const std::vector<Span>& spans, Time now);

// Whether it is in one.
bool covers(const std::vector<Span>& spans, Time now);

// The first start or end of a span after `now`.
std::optional<Time> next_edge(const std::vector<Span>& spans, Time now);

}  // namespace porchlight::presence
