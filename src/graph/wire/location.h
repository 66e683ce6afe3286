// The names of work location types and sources in Graph (spec presence §1.2).
#pragma once

#include <optional>
#include <string_view>

#include "presence/rules.h"

namespace porchlight::graph {

// The name of a type, "office".
std::string_view location_type_name(presence::LocationType type);
// The type with this name, in any letter case; nullopt if there is no such type.
std::optional<presence::LocationType> find_location_type(std::string_view name);

// The workLocationSource: the layer that applies, or "none" if no location is set.
std::string_view location_source_name(const presence::CurrentLocation& current);

}  // namespace porchlight::graph
