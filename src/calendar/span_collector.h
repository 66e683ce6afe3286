// The spans of a calendar while its feed is read.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "calendar/busy_kind.h"
#include "calendar/fault.h"
#include "calendar/feed.h"
#include "calendar/lines.h"
#include "presence/calendar.h"

namespace porchlight::calendar {

// Collects spans component by component: those of a component that turns out to have a fault are dropped.
class SpanCollector {
 public:
  explicit SpanCollector(presence::Span window) : window_(window) {}

  // Whether the span is not empty and overlaps the window.
  bool in_window(const presence::Span& span) const {
    return span.from < span.until && span.from < window_.until && span.until > window_.from;
  }

  // Adds the part of a span that lies within the window. Beyond kOccurrencesMax the fault is that of `line`.
  Read<void> add(const ContentLine& line, const presence::Span& span, BusyKind kind) {
    if (kind == BusyKind::kNothing || !in_window(span)) return {};
    if (kept_ + pending_.size() == kOccurrencesMax) {
      Fault fault = line.fault("makes too many occurrences, more than ", std::to_string(kOccurrencesMax));
      fault.is_limit = true;
      return std::unexpected(std::move(fault));
    }
    pending_.push_back({{std::max(span.from, window_.from), std::min(span.until, window_.until)}, kind});
    return {};
  }

  // Keeps or drops what was added since the last call of either.
  void keep() {
    for (const auto& [span, kind] : pending_)
      (kind == BusyKind::kBusy ? result_.busy : result_.out_of_office).push_back(span);
    kept_ += pending_.size();
    pending_.clear();
  }
  void drop() { pending_.clear(); }

  // The calendar of all that was kept.
  presence::Calendar take() {
    merge(result_.busy);
    merge(result_.out_of_office);
    return std::move(result_);
  }

 private:
  // Sorts spans and joins those that overlap or touch.
  static void merge(std::vector<presence::Span>& spans) {
    std::ranges::sort(spans, {}, &presence::Span::from);
    std::size_t kept = 0;
    for (const presence::Span& span : spans) {
      if (kept > 0 && span.from <= spans[kept - 1].until)
        spans[kept - 1].until = std::max(spans[kept - 1].until, span.until);
      else
        spans[kept++] = span;
    }
    spans.erase(spans.begin() + static_cast<std::ptrdiff_t>(kept), spans.end());
  }

  const presence::Span window_;
  std::vector<std::pair<presence::Span, BusyKind>> pending_;
  std::size_t kept_ = 0;
  presence::Calendar result_;
};

}  // namespace porchlight::calendar
