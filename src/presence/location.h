// A work location, and the layers of which one counts (spec presence §9).
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::presence {

// The expiry time of an input that does not expire.
inline constexpr Time kNever = Time::max();

enum class LocationType : std::uint8_t { kUnspecified, kOffice, kRemote, kTimeOff };

// The layers of the work location, highest priority first (§9).
enum class LocationLayer : std::uint8_t { kManual, kAutomatic, kScheduled };
inline constexpr std::size_t kLocationLayers = 3;

// A work location of one layer, or of a part of a work plan.
struct Location {
  LocationType type = LocationType::kUnspecified;
  std::string place = {};  // placeId; may be empty
  Time until = kNever;     // the end of the day for which it was set
  Guid by = {};
  friend bool operator==(const Location&, const Location&) = default;
};

}  // namespace porchlight::presence
