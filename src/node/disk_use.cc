#include "node/disk_use.h"

#include <fmt/format.h>

#include <algorithm>

namespace porchlight::node {
namespace {

double days(Duration duration) { return std::chrono::duration<double, std::ratio<86'400>>(duration).count(); }

// Events are dropped in steps, so a database reaches its retention some time before it is a whole retention old.
constexpr double kAtRetention = 0.97;

bool has_reached_retention(const DiskUse& use, Time now) {
  return use.since && days(now - *use.since) >= kAtRetention * days(use.retention);
}

}  // namespace

// Without multiplication of the bound, which may be any number.
bool is_nearly_full(const DiskUse& use) {
  return use.bytes_max > 0 && use.bytes >= use.bytes_max / 100 * kWarnPercent;
}

std::optional<double> bytes_per_day(const DiskUse& use, Time now) {
  if (!use.since || now - *use.since < kRateKnownAfter) return std::nullopt;
  return static_cast<double>(use.bytes) / days(now - *use.since);
}

double growth_per_day(const DiskUse& use, Time now) {
  return has_reached_retention(use, now) ? 0 : bytes_per_day(use, now).value_or(0);
}

std::string describe(const DiskUse& use, Time now) {
  std::string line = fmt::format("{} size: {} bytes", use.name, use.bytes);
  if (use.bytes_max > 0) line += fmt::format(" of at most {}", use.bytes_max);
  if (is_nearly_full(use)) line += ", nearly full";
  const auto rate = bytes_per_day(use, now);
  if (!rate) return line + ", rate not known yet";
  line += fmt::format(", {:.0f} bytes per day", *rate);
  if (has_reached_retention(use, now)) return line + ", at its retention";
  const double until_retention = days(use.retention) - days(now - *use.since);
  const double until_bound =
      *rate > 0 ? (static_cast<double>(use.bytes_max) - static_cast<double>(use.bytes)) / *rate
                : until_retention;
  if (use.bytes_max > 0 && until_bound < until_retention)
    return line + fmt::format(", at its bound in {:.1f} days", std::max(until_bound, 0.0));
  return line + fmt::format(", at its retention in {:.1f} days with {:.0f} bytes", until_retention,
                            *rate * days(use.retention));
}

std::string describe_free(std::uint64_t free, double growth) {
  std::string line = fmt::format("disk: {} bytes free", free);
  if (growth >= 1) line += fmt::format(", for {:.1f} days", static_cast<double>(free) / growth);
  return line;
}

}  // namespace porchlight::node
