// Spans are sorted and disjoint, so their ends are sorted too: a binary search over the ends finds the span that
// contains a time, or the next one.
#include "presence/calendar.h"

#include <algorithm>

namespace porchlight::presence {
namespace {

// The first span that ends after `now`: the span that contains `now`, or else the next span.
auto current_or_next(const std::vector<Span>& spans, Time now) {
  return std::upper_bound(spans.begin(), spans.end(), now,
                          [](Time at, const Span& span) { return at < span.until; });
}

}  // namespace

const Span* span_at(const std::vector<Span>& spans, Time now) {
  const auto span = current_or_next(spans, now);
  return span != spans.end() && span->from <= now ? &*span : nullptr;
}

bool covers(const std::vector<Span>& spans, Time now) { return span_at(spans, now) != nullptr; }

std::optional<Time> next_edge(const std::vector<Span>& spans, Time now) {
  const auto span = current_or_next(spans, now);
  if (span == spans.end()) return std::nullopt;
  return span->from > now ? span->from : span->until;
}

}  // namespace porchlight::presence
