// Time zones by name, and what their clocks show.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::timezone {

// No name is longer (bytes); the longest there is has 33.
inline constexpr std::size_t kZoneNameMax = 64;

// A time zone. A small value, cheap to copy; its functions may be called from any thread.
class Zone {
 public:
  // The zone of an IANA name (`Europe/Berlin`, `UTC`, by the system's tzdata) or of a Windows one (`Pacific
  // Standard Time`, by ICU), in any letter case; nothing for any other text. The first call in the process
  // lists the names, and the first for a zone reads its rules; after that it is a look into two tables.
  static std::optional<Zone> find(std::string_view name);

  Zone() : rules_(absl::UTCTimeZone()) {}

  // The IANA name, also where it was found by its Windows one.
  std::string name() const { return rules_.name(); }

  // The moment at which clocks show `local`. One that spring skips is as much later as it would have been
  // without the change, so that 02:30 becomes 03:30; of one that autumn shows twice it is the first (spec
  // presence §7).
  Time to_time(LocalTime local) const;

  // What clocks show at `time`.
  LocalTime to_local(Time time) const;

  // The first moment of a day: its midnight, or, where clocks skip that, the moment after the gap.
  Time start_of_day(std::chrono::local_days day) const;

  // The next first moment of a day strictly after `time`: the end of the day that it lies in (spec presence
  // §9).
  Time next_midnight(Time time) const;

  friend bool operator==(const Zone& a, const Zone& b) { return a.rules_ == b.rules_; }

 private:
  explicit Zone(absl::TimeZone rules) : rules_(rules) {}

  absl::TimeZone rules_;
};

}  // namespace porchlight::timezone
