// Parses $filter on presences (spec protocol §9).
//
//     filter   = term ("and" term)*
//     term     = property "eq" text | property "in (" text ("," text)* ")"
//     property = "id" | "availability" | "activity"
//
// Words, names and states are accepted in any letter case. A quote within a text is written twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "graph/wire/error.h"
#include "presence/state.h"

namespace porchlight::graph {

// A set of documented pairs of availability and activity: one bit for each, by rank.
using StateSet = std::uint64_t;
inline constexpr StateSet kAllStates = ~StateSet{0};

// The set of one pair.
inline StateSet state_bit(presence::State state) { return StateSet{1} << state.rank(); }

// A filter. A user matches if both members do.
struct PresenceFilter {
  std::optional<std::vector<Guid>> ids;  // distinct, in the order given; nullopt: any user
  StateSet states = kAllStates;          // the pairs that match
};

// Parses a decoded $filter. 400 with the position of the first text that does not fit, or for more than kFilterIdsMax
// texts. An unknown state is not an error, since the properties are strings: it matches no user.
Result<PresenceFilter> parse_presence_filter(std::string_view filter);

}  // namespace porchlight::graph
