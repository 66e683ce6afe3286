// What a client may make an HTTP/2 connection do in ten seconds. Frames that cost the server more than the client, such
// as resets of requests that have begun, are legitimate in small numbers only (spec security §4). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace porchlight::http {

// The budget of one connection.
class Http2Budget {
 public:
  // The kinds of frames that are counted.
  enum class FrameWork : std::uint8_t {
    kReset,  // RST_STREAM of a request that was not answered; and of the server, for an error of the client
    kSettings,  // SETTINGS
    kPing,      // PING
    kPriority,  // PRIORITY and GOAWAY, which have no effect here
    kEmpty,     // DATA, HEADERS and CONTINUATION that carry nothing and end nothing
    kFollowUp,  // WINDOW_UPDATE, and RST_STREAM of a request that was answered
  };
  static constexpr std::size_t kFrameWorks = 6;

  static constexpr Duration kPeriod = std::chrono::seconds(10);
  // The most frames of each kind in a period, in the order of FrameWork.
  static constexpr std::array<std::uint32_t, kFrameWorks> kMost{200, 100, 100, 500, 100, 1000};
  // Each HEADERS or DATA frame that was sent in the period allows that many follow-ups more. (curl sends both kinds
  // for each request.)
  static constexpr std::uint32_t kFollowUpsPerFrame = 10;

  // Counts a frame. Returns false if it is one too many.
  bool spend(FrameWork work, SteadyTime now);
  void on_response_frame() { ++response_frames_; }

 private:
  SteadyTime period_began_ = SteadyTime::min();
  std::array<std::uint32_t, kFrameWorks> spent_{};
  std::uint32_t response_frames_ = 0;
};

}  // namespace porchlight::http
