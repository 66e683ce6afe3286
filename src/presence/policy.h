// The rules that the configuration may change. The defaults are the documented rules.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "presence/state.h"

namespace porchlight::presence {

inline constexpr Duration kSessionLifeMin = std::chrono::minutes(5);  // spec presence §5.6
inline constexpr Duration kSessionLifeMax = std::chrono::hours(4);
inline constexpr Duration kFadeToInactive = std::chrono::minutes(5);  // §6.3
inline constexpr Duration kFadeToAway = std::chrono::minutes(10);     // §6.3

// Passed to the rules by reference. It does not change while the server runs.
struct Policy {
  Duration session_life_min = kSessionLifeMin;
  Duration session_life_max = kSessionLifeMax;
  Duration fade_to_inactive = kFadeToInactive;  // at most fade_to_away
  Duration fade_to_away = kFadeToAway;
  std::uint32_t more_session_pairs = 0;  // pairs that setPresence accepts besides the five: bit n is code n
  // Whether an ordinary application may set this pair for a session.
  bool settable(State state) const;
  friend bool operator==(const Policy&, const Policy&) = default;
};

inline constexpr Policy kDocumentedPolicy{};

}  // namespace porchlight::presence
