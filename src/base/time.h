// The types of time: wall time for stored values, steady time for time-outs and budgets. All have millisecond
// resolution.
#pragma once

#include <chrono>

namespace porchlight {

using Duration = std::chrono::milliseconds;

// Wall time: UTC, milliseconds since 1970. Stored, and sent to clients.
using Time = std::chrono::sys_time<Duration>;

// Local time in a time zone that is known from the context.
using LocalTime = std::chrono::local_time<Duration>;

// Monotonic time. Valid within the process; never stored.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

}  // namespace porchlight
