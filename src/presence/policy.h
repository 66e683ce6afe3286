// What an operator may relax of the documented rules. The defaults are the documented ones.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "presence/state.h"

namespace porchlight::presence {

inline constexpr Duration kSessionLifeMin = std::chrono::minutes(5);  // spec presence §5.6
inline constexpr Duration kSessionLifeMax = std::chrono::hours(4);
inline constexpr Duration kFadeToInactive = std::chrono::minutes(5);  // §6.3
inline constexpr Duration kFadeToAway = std::chrono::minutes(10);     // §6.3

struct Policy {
  Duration session_life_min = kSessionLifeMin;
  Duration session_life_max = kSessionLifeMax;
  Duration fade_to_inactive = kFadeToInactive;  // not after fade_to_away
  Duration fade_to_away = kFadeToAway;
  std::uint32_t more_session_pairs = 0;  // settable beside the five: bit n for the pair of code n
  bool settable(State state) const;
};

inline constexpr Policy kDocumentedPolicy{};

}  // namespace porchlight::presence
