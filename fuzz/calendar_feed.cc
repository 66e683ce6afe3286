// Calendar feeds: any text gives spans that are sorted, disjoint and within the window, or an error message of one line
// that quotes nothing of the feed; so do the reasons for what was skipped. The bytes examined are bounded by the size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

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

// Mutates the structure of a feed: its lines, and the values of lists and parameters within a line. The library mutates
// bytes.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  const auto pick = [&](std::size_t count) { return random() % count; };
  if (pick(3) == 0) return LLVMFuzzerMutate(data, size, size_max);
  constexpr char kSeparators[] = {'\n', '\n', ',', ';'};
  const char separator = kSeparators[pick(std::size(kSeparators))];
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (static_cast<char>(data[i]) == separator)
      parts.emplace_back();
    else
      parts.back() += static_cast<char>(data[i]);
  }
  const std::size_t at = pick(parts.size());
  const auto part = parts.begin() + static_cast<std::ptrdiff_t>(at);
  switch (pick(4)) {
    case 0:  // up to a thousand times
      parts.insert(part, std::size_t{1} << pick(11), std::string(*part));
      break;
    case 1:
      parts.erase(part);
      break;
    case 2:
      std::swap(*part, parts[pick(parts.size())]);
      break;
    default:
      parts.insert(part, parts[pick(parts.size())]);
  }
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  text.resize(std::min(text.size(), size_max));
  std::ranges::copy(text, data);
  return text.size();
}

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
