// The property tables of users and groups. The order of a table is the order of the members in answers.
#include "graph/wire/entity_json.h"

#include <fmt/format.h>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

using Source = Property::Source;

// First the properties that Graph returns without $select, then the others that clients are known to select.
constexpr Property kUserProperties[] = {
    {"businessPhones", Source::kConstant, "[]"},
    {"displayName", Source::kName},
    {"givenName"},
    {"jobTitle"},
    {"mail", Source::kUpn},
    {"mobilePhone"},
    {"officeLocation"},
    {"preferredLanguage"},
    {"surname"},
    {"userPrincipalName", Source::kUpn},
    {"id", Source::kId},
    {"accountEnabled", Source::kConstant, "true"},
    {"city"},
    {"companyName"},
    {"country"},
    {"department"},
    {"employeeId"},
    {"mailNickname"},
    {"usageLocation"},
    {"userType", Source::kConstant, "\"Member\""},
};

// Graph returns all of these without $select.
constexpr Property kGroupProperties[] = {
    {"id", Source::kId},
    {"description"},
    {"displayName", Source::kName},
    {"groupTypes", Source::kConstant, "[]"},
    {"mail"},
    {"mailEnabled", Source::kConstant, "false"},
    {"mailNickname"},
    {"securityEnabled", Source::kConstant, "true"},
    {"visibility"},
};

static_assert(std::size(kUserProperties) <= 32 && std::size(kGroupProperties) <= 32,
              "a Selection has 32 bits");

constexpr Selection bit(std::size_t property) { return Selection{1} << property; }

// The bit of the property with this name, or all bits for "*"; 0 if the type has no such property.
Selection find_entity_properties(const EntityType& type, std::string_view name) {
  if (name == "*") return bit(type.properties.size()) - 1;
  for (std::size_t i = 0; i < type.properties.size(); ++i)
    if (equals_ignore_case(type.properties[i].name, name)) return bit(i);
  return 0;
}

// Adds a member. `mail` and userPrincipalName of a user are the same text.
void write_property(JsonObject& out, const Property& property, const Entity& entity) {
  switch (property.source) {
    case Source::kId:
      out.text(property.name, to_string(entity.id));
      return;
    case Source::kName:
      out.text(property.name, entity.name);
      return;
    case Source::kUpn:
      out.text(property.name, entity.upn);
      return;
    case Source::kConstant:
      out.json(property.name, property.constant);
  }
}

}  // namespace

const EntityType kUserType = {"microsoft.graph.user", "users", kUserProperties, 11};
const EntityType kGroupType = {"microsoft.graph.group", "groups", kGroupProperties,
                               std::size(kGroupProperties)};

Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection) {
  for (const std::string_view part : split(names, ',')) {
    const std::string_view name = trimmed(part);
    const Selection named = find_entity_properties(type, name);
    if (named == 0) {
      return std::unexpected(invalid_query(
          "$select",
          fmt::format("Could not find a property named '{}' on type '{}'.", truncated(name), type.name)));
    }
    selection |= named;
  }
  return {};
}

void write_entity(JsonObject& out, const EntityType& type, const Entity& entity, Selection selection) {
  if (selection == 0) selection = bit(type.default_count) - 1;
  for (std::size_t i = 0; i < type.properties.size(); ++i)
    if ((selection & bit(i)) != 0) write_property(out, type.properties[i], entity);
}

// The names are in the order of the type, not of the $select.
void append_selection(std::string& out, const EntityType& type, Selection selection) {
  if (selection == 0) return;
  char before = '(';
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    if ((selection & bit(i)) == 0) continue;
    out += before;
    out += type.properties[i].name;
    before = ',';
  }
  out += ')';
}

}  // namespace porchlight::graph
