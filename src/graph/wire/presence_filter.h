// $filter on presences (spec protocol §9).
//
//     filter   = term ("and" term)*
//     term     = property "eq" text | property "in (" text ("," text)* ")"
//     property = "id" | "availability" | "activity"
//
// Words, names and states are taken in any letter case. A quote within a text is written twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "graph/wire/error.h"
#include "presence/state.h"

namespace porchlight::graph {

// Documented pairs of availability and activity: bits, by rank.
using StateSet = std::uint64_t;
inline constexpr StateSet kAllStates = ~StateSet{0};

inline StateSet state_bit(presence::State state) { return StateSet{1} << state.rank(); }

// Somebody for whom both hold.
struct PresenceFilter {
  std::optional<std::vector<Guid>> ids;  // one of these: distinct, in the order given; nothing: anybody
  StateSet states = kAllStates;          // in one of these
};

// Errors name the position. At most kFilterIdsMax texts. A state that nobody can be in is no error: the
// properties are strings, and nobody has that one.
Result<PresenceFilter> parse_presence_filter(std::string_view filter);

}  // namespace porchlight::graph
