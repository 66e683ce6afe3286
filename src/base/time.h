// Time as the house speaks of it: wall time for what is remembered, steady time for time-outs and budgets.
#pragma once

#include <chrono>

namespace porchlight {

using Duration = std::chrono::milliseconds;

// A moment of wall time (UTC, ms since 1970). What is stored and what callers are told.
using Time = std::chrono::sys_time<Duration>;

// What a clock on a wall shows (ms), in a zone that is known from elsewhere.
using LocalTime = std::chrono::local_time<Duration>;

// A moment of the monotonic clock (ms). Never stored.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

}  // namespace porchlight
