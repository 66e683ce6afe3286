// What the log and the history take of the disk, against their bounds, and when they will be full: the text of
// /readyz?verbose. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::node {

// A warning is due when a database takes this part of its bound.
inline constexpr std::uint64_t kWarnPercent = 80;
// A rate is known once a database has events of this span.
inline constexpr Duration kRateKnownAfter = std::chrono::hours(1);

// One database that grows.
struct DiskUse {
  std::string_view name;        // "log" or "history"
  std::uint64_t bytes = 0;      // of its files
  std::uint64_t bytes_max = 0;  // its bound; 0: none
  Duration retention{};
  std::optional<Time> since;  // of its oldest event; nullopt if it has none
};

// Whether it takes kWarnPercent of its bound or more.
bool is_nearly_full(const DiskUse& use);

// The average number of bytes that each day of events takes; nullopt if it is not known yet.
std::optional<double> bytes_per_day(const DiskUse& use, Time now);

// A line for the operator: bytes, bound, rate, and the days until the bound or the retention is reached; after either
// it does not grow.
std::string describe(const DiskUse& use, Time now);

// The days until `free` bytes are used up by a database that grows by `growth` bytes a day.
std::string describe_free(std::uint64_t free, double growth);

// The bytes a day by which a database grows: 0 once its retention is reached, or if the rate is not known.
double growth_per_day(const DiskUse& use, Time now);

}  // namespace porchlight::node
