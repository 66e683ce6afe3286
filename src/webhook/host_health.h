// How a host takes what is posted to it (spec notifications §7): one that is slow is given a rest, and for
// one that is slower still, items are dropped for a while. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace porchlight::webhook {

inline constexpr Duration kHealthWindow = std::chrono::minutes(10);
inline constexpr Duration kHealthPause = std::chrono::minutes(10);  // for so long it is slow, or dropped
inline constexpr Duration kSlowAnswer = std::chrono::seconds(3);    // an answer after this, or none, is slow
inline constexpr Duration kLateAnswer = std::chrono::seconds(10);   // ... is late
inline constexpr std::uint32_t kSlowPercent = 10;                   // more slow ones make a slow host
inline constexpr std::uint32_t kLatePercent = 15;                   // more late ones make it dropped
inline constexpr std::uint32_t kHealthAnswersMin = 20;              // fewer say nothing of a host

class HostHealth {
 public:
  enum class Level : std::uint8_t {
    kHealthy,
    kSlow,     // what is for it waits until() then
    kDropped,  // what is for it is dropped until() then
  };

  // A post was answered, or given up, after `took`. What is told of one host goes forward in time.
  void add(SteadyTime now, Duration took);

  Level state(SteadyTime now) const { return now < until_ ? state_ : Level::kHealthy; }
  // Where the host is not well: the end of that.
  SteadyTime until() const { return until_; }

 private:
  // The window moves in steps of a tenth.
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
