// The property tables of users and groups. The order of a table is the order of the members in answers without $select;
// with it, they are in the order of the request (spec protocol §9.1).
#include "graph/wire/entity_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

using Source = Property::Source;

// First the properties that Graph returns without $select, then the others that clients are known to select.
constexpr std::size_t kUserDefaults = 11;
constexpr auto kUserProperties = std::to_array<Property>({
    {"businessPhones", Source::kEmpty},
    {"displayName", Source::kName, true},
    {"givenName"},
    {"jobTitle"},
    {"mail", Source::kUpn},
    {"mobilePhone"},
    {"officeLocation"},
    {"preferredLanguage"},
    {"surname"},
    {"userPrincipalName", Source::kUpn, true},
    {"id", Source::kId},
    {"accountEnabled", Source::kTrue},
    {"city"},
    {"companyName"},
    {"country"},
    {"department"},
    {"employeeId"},
    {"mailNickname"},
    {"usageLocation"},
    {"userType", Source::kUserType},
});

// The same with the id in front, in no other order than that of ids.
constexpr auto kMemberProperties = [] {
  auto properties = kUserProperties;
  const auto id = properties.begin() + kUserDefaults - 1;
  std::rotate(properties.begin(), id, id + 1);
  for (Property& property : properties) property.sortable = false;
  return properties;
}();

// Graph returns all of these without $select.
constexpr auto kGroupProperties = std::to_array<Property>({
    {"id", Source::kId},
    {"description"},
    {"displayName", Source::kName, true},
    {"groupTypes", Source::kEmpty},
    {"mail"},
    {"mailEnabled", Source::kFalse},
    {"mailNickname"},
    {"securityEnabled", Source::kTrue},
    {"visibility"},
});

// The value of a property that is no text: JSON.
std::string_view constant_of(Source source) {
  switch (source) {
    case Source::kEmpty:
      return "[]";
    case Source::kFalse:
      return "false";
    case Source::kTrue:
      return "true";
    default:
      return "null";
  }
}

bool is_guest(std::string_view upn) {
  constexpr std::string_view kMark = "#ext#";
  return !std::ranges::search(upn, kMark, [](char a, char b) { return to_lower(a) == b; }).empty();
}

void write_property(JsonObject& out, const Property& property, const Entity& entity) {
  if (property.source == Source::kId) {
    out.text(property.name, to_string(entity.id));
  } else if (const auto text = text_of(property, entity)) {
    out.text(property.name, *text);
  } else {
    out.json(property.name, constant_of(property.source));
  }
}

void select_once(const Property& property, Selection& selection) {
  if (std::ranges::find(selection, &property) == selection.end()) selection.push_back(&property);
}

}  // namespace

const EntityType kUserType = {"microsoft.graph.user", "User",       "users", "presence",
                              kUserProperties,        kUserDefaults};
const EntityType kMemberType = {"microsoft.graph.user", "User",       "users", "presence",
                                kMemberProperties,      kUserDefaults};
const EntityType kGroupType = {"microsoft.graph.group", "Group", "groups", "members", kGroupProperties,
                               kGroupProperties.size()};

const Property* find_property(const EntityType& type, std::string_view name) {
  const auto found = std::ranges::find_if(
      type.properties, [&](const Property& p) { return equals_ignore_case(p.name, name); });
  return found == type.properties.end() ? nullptr : &*found;
}

// `mail` and userPrincipalName of a user are the same text.
std::optional<std::string_view> text_of(const Property& property, const Entity& entity) {
  switch (property.source) {
    case Source::kName:
      return entity.name;
    case Source::kUpn:
      return entity.upn;
    case Source::kUserType:
      return is_guest(entity.upn) ? "Guest" : "Member";
    default:
      return std::nullopt;
  }
}

Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection) {
  for (const std::string_view part : split(names, ',')) {
    const std::string_view name = trimmed(part);
    if (name == "*") {
      for (const Property& property : type.properties) select_once(property, selection);
      continue;
    }
    const Property* property = find_property(type, name);
    if (property == nullptr) return std::unexpected(property_not_found("$select", name, type.name));
    select_once(*property, selection);
  }
  return {};
}

void write_entity(JsonObject& out, const EntityType& type, const Entity& entity, const Selection& selection) {
  for (const Property* property : selection) write_property(out, *property, entity);
  if (!selection.empty()) return;
  for (const Property& property : type.properties.first(type.default_count))
    write_property(out, property, entity);
}

void append_selection(std::string& out, const Selection& selection) {
  if (selection.empty()) return;
  char before = '(';
  for (const Property* property : selection) {
    out += before;
    out += property->name;
    before = ',';
  }
  out += ')';
}

}  // namespace porchlight::graph
