// Work locations in Graph's words (spec presence §1.2).
#pragma once

#include <optional>
#include <string_view>

#include "presence/rules.h"

namespace porchlight::graph {

std::string_view location_type_name(presence::LocationType type);
// In any letter case; nothing for another word.
std::optional<presence::LocationType> find_location_type(std::string_view name);

// The workLocationSource: which layer won, or `none`.
std::string_view location_source_name(const presence::CurrentLocation& current);

}  // namespace porchlight::graph
