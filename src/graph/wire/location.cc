#include "graph/wire/location.h"

#include <array>

#include "base/text.h"

namespace porchlight::graph {
namespace {

// By LocationType, and by the layer of a location.
constexpr std::array<std::string_view, 4> kTypes = {"unspecified", "office", "remote", "timeOff"};
constexpr std::array<std::string_view, presence::kLocationLayers> kSources = {"manual", "automatic",
                                                                              "scheduled"};

}  // namespace

std::string_view location_type_name(presence::LocationType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::optional<presence::LocationType> find_location_type(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (equals_ignore_case(kTypes[i], name)) return static_cast<presence::LocationType>(i);
  return std::nullopt;
}

std::string_view location_source_name(const presence::CurrentLocation& current) {
  return current.location == nullptr ? "none" : kSources[static_cast<std::size_t>(current.layer)];
}

}  // namespace porchlight::graph
