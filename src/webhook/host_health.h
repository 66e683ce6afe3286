// How fast a host answers posts (spec notifications §7). Posts to a slow host are delayed; posts to a host
// that is slower still are dropped for a while. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace porchlight::webhook {

inline constexpr Duration kHealthWindow = std::chrono::minutes(10);
inline constexpr Duration kHealthPause = std::chrono::minutes(10);  // how long a host stays slow or dropped
// An answer after this time, or none, counts as slow.
inline constexpr Duration kSlowAnswer = std::chrono::seconds(3);
// An answer after this time, or none, counts as late.
inline constexpr Duration kLateAnswer = std::chrono::seconds(10);
inline constexpr std::uint32_t kSlowPercent = 10;  // a larger share of slow answers makes the host slow
inline constexpr std::uint32_t kLatePercent = 15;  // a larger share of late answers makes the host dropped
// With fewer answers in the window, the host is healthy.
inline constexpr std::uint32_t kHealthAnswersMin = 20;

// The health of one host. Not thread-safe.
class HostHealth {
 public:
  enum class Level : std::uint8_t {
    kHealthy,
    kSlow,     // its posts wait until until()
    kDropped,  // its posts are dropped until until()
  };
  static constexpr std::size_t kLevels = 3;
  static constexpr std::array<std::string_view, kLevels> kLevelNames = {"well", "slow", "dropped"};

  // Records a post that was answered, or failed, after `took`. `now` must not go back.
  void add(SteadyTime now, Duration took);

  // The level at `now`.
  Level state(SteadyTime now) const { return now < until_ ? state_ : Level::kHealthy; }
  // When the current pause ends. Meaningful only if state() is not kHealthy.
  SteadyTime until() const { return until_; }

 private:
  // A tenth of the window: the answers of one minute, which is number `number` since the clock began.
  struct WindowSlice {
    std::int64_t number = -1;
    std::uint32_t answers = 0, slow = 0, late = 0;
  };
  WindowSlice in_window(std::int64_t number) const;

  std::array<WindowSlice, 10> slices_{};
  Level state_ = Level::kHealthy;
  SteadyTime until_{};
};

}  // namespace porchlight::webhook
