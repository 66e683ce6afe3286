#include "scim/select.h"

#include <algorithm>
#include <span>

#include "base/text.h"

namespace porchlight::scim {
namespace {

using Way = std::span<const std::string>;

Result<std::vector<Steps>> parse_names(std::string_view text) {
  std::vector<Steps> names;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name.find_first_not_of(' ') == std::string_view::npos) continue;
    auto path = parse_path(name);
    if (!path) return std::unexpected(path.error());
    if (path->where) return invalid_path("A name of an attribute was expected, not a filter.");
    names.push_back(std::move(path->steps));
  }
  return names;
}

// What is left of those ways that begin with the name, behind it.
std::vector<Way> behind(std::span<const Way> ways, std::string_view name) {
  std::vector<Way> rest;
  for (const Way way : ways)
    if (same_text(way.front(), name)) rest.push_back(way.subspan(1));
  return rest;
}

bool ends(const std::vector<Way>& ways) {
  return std::ranges::any_of(ways, [](Way way) { return way.empty(); });
}

// Calls `change` with the map, or with each of the list.
template <typename Change>
void each_map(Value& value, const Change& change) {
  if (Map* const map = value.map()) change(*map);
  if (List* const list = value.list())
    for (Value& element : *list)
      if (element.map()) change(*element.map());
}

void keep(Map& map, std::span<const Way> ways, bool whole) {
  std::erase_if(map, [&](Member& member) {
    if (whole && same_text(member.name, "id")) return false;
    const auto rest = behind(ways, member.name);
    if (!rest.empty() && !ends(rest)) each_map(member.value, [&](Map& inner) { keep(inner, rest, false); });
    return rest.empty();
  });
}

void leave_out(Map& map, std::span<const Way> ways, bool whole) {
  std::erase_if(map, [&](Member& member) {
    if (whole && same_text(member.name, "id")) return false;
    const auto rest = behind(ways, member.name);
    if (ends(rest)) return true;
    if (!rest.empty()) each_map(member.value, [&](Map& inner) { leave_out(inner, rest, false); });
    return false;
  });
}

}  // namespace

Result<Select> Select::parse(std::string_view attributes, std::string_view excluded) {
  auto only = parse_names(attributes), without = parse_names(excluded);
  if (!only) return std::unexpected(only.error());
  if (!without) return std::unexpected(without.error());
  Select select;
  select.only_ = *std::move(only);
  select.without_ = *std::move(without);
  return select;
}

bool Select::shows(std::string_view attribute) const {
  const auto names = [&](const Steps& steps) { return same_text(steps.front(), attribute); };
  const auto alone = [&](const Steps& steps) { return names(steps) && steps.size() == 1; };
  return (only_.empty() || std::ranges::any_of(only_, names)) && std::ranges::none_of(without_, alone);
}

void Select::apply(Map& resource) const {
  const std::vector<Way> only(only_.begin(), only_.end()), without(without_.begin(), without_.end());
  if (!only.empty()) keep(resource, only, true);
  if (!without.empty()) leave_out(resource, without, true);
}

}  // namespace porchlight::scim
