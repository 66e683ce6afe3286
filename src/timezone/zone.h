// Time zones: lookup by name, and conversion between UTC and local time.
#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/shared.h"
#include "base/time.h"
#include "base/zone_offsets.h"

namespace porchlight::timezone {

// Longer names are not looked up (bytes). The longest name in use has 33 bytes.
inline constexpr std::size_t kZoneNameMax = 64;

// A time zone. A small value that is cheap to copy. All functions may be called from any thread.
class Zone {
 public:
  // The zone with this IANA name (`Europe/Berlin`, `UTC`; from the system's tzdata) or Windows name (`Pacific Standard
  // Time`; from ICU), in any letter case. Returns nullopt for any other text. The first call lists the names and the
  // first call for a zone reads its file; later calls are two lookups in memory.
  static std::optional<Zone> find(std::string_view name);

  // UTC.
  Zone() : rules_(absl::UTCTimeZone()) {}

  // The IANA name, also if the zone was found by its Windows name.
  std::string name() const { return rules_.name(); }

  // The time at which clocks show `local`. A local time that a change of the clocks skips is converted with the offset
  // before the change, so that 02:30 becomes 03:30. Of a local time that occurs twice the first is returned (spec
  // presence §7).
  Time to_time(LocalTime local) const;

  // The local time that clocks show at `time`.
  LocalTime to_local(Time time) const;

  // The start of a day: its midnight, or the end of the gap if a change of the clocks skips midnight.
  Time start_of_day(std::chrono::local_days day) const;

  // The first start of a day after `time`, which is the end of the day that contains `time` (spec presence §9).
  Time next_midnight(Time time) const;

  // The offsets from 1970 to 2100, as a table that all copies of one zone share. The first call for a zone makes it.
  Shared<ZoneOffsets> offsets() const;

  friend bool operator==(const Zone& a, const Zone& b) { return a.rules_ == b.rules_; }

 private:
  explicit Zone(absl::TimeZone rules) : rules_(rules) {}

  absl::TimeZone rules_;
};

}  // namespace porchlight::timezone
