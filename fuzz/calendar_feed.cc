// Calendar feeds: any text gives spans that are sorted, disjoint and within the window, or an error message of one line
// that quotes nothing of the feed; so do the reasons for what was skipped. The bytes examined are bounded by the size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "calendar/feed.h"

using namespace porchlight;

namespace {

constexpr presence::Span kWindow{Time(std::chrono::hours(526'000)),
                                 Time(std::chrono::hours(534'784))};  // 366 days

void require(bool holds) {
  if (!holds) std::abort();
}

// Sorted, disjoint, not touching, and within the window.
void check(const std::vector<presence::Span>& spans) {
  for (std::size_t i = 0; i < spans.size(); ++i) {
    require(spans[i].from < spans[i].until);
    require(kWindow.from <= spans[i].from && spans[i].until <= kWindow.until);
    require(i == 0 || spans[i - 1].until < spans[i].from);
  }
}

// A message is one line of plain text.
void check_message(const std::string& message) {
  require(!message.empty() && message.size() < presence::kSkippedReasonBytesMax);
  require(message.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 :,./-") ==
          std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const porchlight::timezone::Zone zone = *porchlight::timezone::Zone::find("Europe/Berlin");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading =
      calendar::read_feed(std::string(text), {.zone = zone, .window = kWindow, .owner = {"ana@contoso.com"}});
  if (!reading) {
    check_message(reading.error());
    return 0;
  }
  const presence::Calendar& calendar = reading->calendar;
  check(calendar.busy);
  check(calendar.out_of_office);
  require(calendar.busy.size() + calendar.out_of_office.size() <= calendar::kOccurrencesMax);
  require(calendar.skipped.first.size() ==
          std::min<std::size_t>(calendar.skipped.count, presence::kSkippedShownMax));
  for (const presence::SkippedItem& item : calendar.skipped.first) check_message(item.reason);
  // UTF-16 and Latin-1 have up to three bytes of UTF-8 for one of theirs.
  require(reading->work.bytes() <= 3 * 4 * size);
  require(reading->work.steps() <= calendar::kWorkMax);
  return 0;
}
