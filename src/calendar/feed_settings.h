// The operator's settings of calendar feeds: `[calendar]` of the configuration.
#pragma once

#include <cstddef>

namespace porchlight::calendar {

inline constexpr std::size_t kFeedBytesDefault = 8 << 20;  // real feeds of people have up to 3 MB
inline constexpr std::size_t kFeedBytesLeast = 1024;       // the bounds of the setting
inline constexpr std::size_t kFeedBytesMost = 64 << 20;

struct FeedSettings {
  std::size_t bytes_max = kFeedBytesDefault;  // of a feed as it arrives
  // Whether tentative events count as busy. By default they do not: Graph's free/busy lists tentative as a status of
  // its own beside busy (scheduleInformation.availabilityView, scheduleItem.status).
  bool tentative_is_busy = false;

  friend bool operator==(const FeedSettings&, const FeedSettings&) = default;
};

}  // namespace porchlight::calendar
