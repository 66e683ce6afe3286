// Calendar feeds: any text gives spans that are sorted, disjoint and within the window, or an error message of one line
// that quotes nothing of the feed.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const porchlight::timezone::Zone zone = *porchlight::timezone::Zone::find("Europe/Berlin");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto calendar = calendar::read_feed(text, zone, kWindow);
  if (calendar) {
    check(calendar->busy);
    check(calendar->out_of_office);
    require(calendar->busy.size() + calendar->out_of_office.size() <= calendar::kOccurrencesMax);
  } else {
    require(!calendar.error().empty() && calendar.error().size() < 200);
    require(calendar.error().find_first_not_of(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 :,./-") == std::string::npos);
  }
  return 0;
}
