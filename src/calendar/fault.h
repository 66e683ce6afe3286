// What is wrong with a part of a feed.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "presence/calendar.h"

namespace porchlight::calendar {

// A fault concerns one component, which is skipped, or exceeds a limit, and then the whole feed is refused. It is cheap
// to make, because a feed may have millions: the text is composed only for those that are shown.
struct Fault {
  std::uint32_t line;        // of the feed, from 1
  std::string_view subject;  // as in `DTSTART`; static
  std::string_view what;     // as in `is not a date or a time`; static
  std::string detail = {};   // stands behind `what`; quotes nothing of the feed
  bool is_limit = false;

  // One line, at most presence::kSkippedReasonBytesMax bytes.
  std::string reason() const { return fmt::format("{} {}{}", subject, what, detail); }
};

template <typename T>
using Read = std::expected<T, Fault>;

// `line 17: DTSTART is not a date or a time`
inline std::string to_text(const Fault& fault) {
  return fmt::format("line {}: {}", fault.line, fault.reason());
}

// Counts what is skipped, and keeps the first faults by line. They need not be added in order.
class SkipReport {
 public:
  void add(const Fault& fault) {
    ++skipped_.count;
    auto& first = skipped_.first;
    const bool is_full = first.size() == presence::kSkippedShownMax;
    if (is_full && fault.line >= first.back().line) return;
    if (is_full) first.pop_back();
    const auto place = std::ranges::upper_bound(first, fault.line, {}, &presence::SkippedItem::line);
    first.insert(place, {fault.line, fault.reason()});
  }

  presence::SkippedItems take() { return std::move(skipped_); }

 private:
  presence::SkippedItems skipped_;
};

}  // namespace porchlight::calendar
