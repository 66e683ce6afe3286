// Parses attribute lists and removes what they do not select from a resource.
#include "scim/attribute_selection.h"

#include <algorithm>
#include <span>

#include "base/split.h"
#include "base/text.h"

namespace porchlight::scim {
namespace {

using PathTail = std::span<const std::string>;

// Names are attribute paths with the grammar of PATCH, without a filter.
ScimResult<std::vector<AttributePath>> parse_names(std::string_view text) {
  std::vector<AttributePath> names;
  for (const std::string_view name : split(text, ',')) {
    if (name.find_first_not_of(' ') == std::string_view::npos) continue;
    auto path = parse_path(name);
    if (!path) return std::unexpected(path.error());
    if (path->where) return invalid_path("A name of an attribute was expected, not a filter.");
    names.push_back(std::move(path->steps));
  }
  return names;
}

// The remainders of the paths whose first step is the name.
std::vector<PathTail> tails_after(std::span<const PathTail> tails, std::string_view name) {
  std::vector<PathTail> rest;
  for (const PathTail tail : tails)
    if (equals_ignore_case(tail.front(), name)) rest.push_back(tail.subspan(1));
  return rest;
}

bool ends(const std::vector<PathTail>& tails) {
  return std::ranges::any_of(tails, [](PathTail tail) { return tail.empty(); });
}

// Calls `change` with the map, or with each map of the list.
template <typename Change>
void each_map(Value& value, const Change& change) {
  if (ValueMap* const map = value.map()) change(*map);
  if (ValueList* const list = value.list())
    for (Value& element : *list)
      if (element.map()) change(*element.map());
}

// Removes every member that is on none of the paths. Where all paths through a member go deeper, its inner members are
// filtered by the remaining steps. `whole`: the map is the resource itself, whose id always stays (RFC 7643 §3.1).
void keep_selected(ValueMap& map, std::span<const PathTail> tails, bool whole) {
  std::erase_if(map, [&](NamedValue& member) {
    if (whole && equals_ignore_case(member.name, "id")) return false;
    const auto rest = tails_after(tails, member.name);
    if (!rest.empty() && !ends(rest))
      each_map(member.value, [&](ValueMap& inner) { keep_selected(inner, rest, false); });
    return rest.empty();
  });
}

// Removes the members at the ends of the paths.
void remove_excluded(ValueMap& map, std::span<const PathTail> tails, bool whole) {
  std::erase_if(map, [&](NamedValue& member) {
    if (whole && equals_ignore_case(member.name, "id")) return false;
    const auto rest = tails_after(tails, member.name);
    if (ends(rest)) return true;
    if (!rest.empty()) each_map(member.value, [&](ValueMap& inner) { remove_excluded(inner, rest, false); });
    return false;
  });
}

}  // namespace

ScimResult<AttributeSelection> AttributeSelection::parse(std::string_view attributes,
                                                         std::string_view excluded) {
  auto only = parse_names(attributes), without = parse_names(excluded);
  if (!only) return std::unexpected(only.error());
  if (!without) return std::unexpected(without.error());
  AttributeSelection select;
  select.only_ = *std::move(only);
  select.without_ = *std::move(without);
  return select;
}

// An attribute is included if a part of it is selected, and excluded only if it is excluded as a whole.
bool AttributeSelection::includes(std::string_view attribute) const {
  const auto names = [&](const AttributePath& steps) { return equals_ignore_case(steps.front(), attribute); };
  const auto alone = [&](const AttributePath& steps) { return names(steps) && steps.size() == 1; };
  return (only_.empty() || std::ranges::any_of(only_, names)) && std::ranges::none_of(without_, alone);
}

void AttributeSelection::apply(ValueMap& resource) const {
  const std::vector<PathTail> only(only_.begin(), only_.end()), without(without_.begin(), without_.end());
  if (!only.empty()) keep_selected(resource, only, true);
  if (!without.empty()) remove_excluded(resource, without, true);
}

}  // namespace porchlight::scim
