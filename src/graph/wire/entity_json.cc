#include "graph/wire/entity_json.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

using Source = Property::Source;

// First those that Graph shows where nothing is selected, then what clients select beside.
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

constexpr Selection bit(std::size_t property) { return Selection{1} << property; }

// None where the type has no such property.
Selection find_entity_properties(const EntityType& type, std::string_view name) {
  if (name == "*") return bit(type.properties.size()) - 1;
  for (std::size_t i = 0; i < type.properties.size(); ++i)
    if (equals_ignore_case(type.properties[i].name, name)) return bit(i);
  return 0;
}

void append_value(std::string& out, const Property& property, const Entity& entity) {
  switch (property.source) {
    case Source::kId:
      out += '"';
      append_guid(out, entity.id);
      out += '"';
      return;
    case Source::kName:
      return append_json_string(out, entity.name);
    case Source::kUpn:
      return append_json_string(out, entity.upn);
    case Source::kConstant:
      out += property.constant;
  }
}

}  // namespace

const EntityType kUserType = {"microsoft.graph.user", "users", kUserProperties, 11};
const EntityType kGroupType = {"microsoft.graph.group", "groups", kGroupProperties,
                               std::size(kGroupProperties)};

Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection) {
  while (true) {
    const std::size_t comma = std::min(names.find(','), names.size());
    const std::string_view name = trimmed(names.substr(0, comma));
    const Selection named = find_entity_properties(type, name);
    if (named == 0) {
      return std::unexpected(invalid_query(
          "$select",
          fmt::format("Could not find a property named '{}' on type '{}'.", truncated(name), type.name)));
    }
    selection |= named;
    if (comma == names.size()) return {};
    names.remove_prefix(comma + 1);
  }
}

void append_entity(std::string& out, const EntityType& type, const Entity& entity, Selection selection) {
  if (selection == 0) selection = bit(type.default_count) - 1;
  bool first = true;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    if ((selection & bit(i)) == 0) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += type.properties[i].name;
    out += "\":";
    append_value(out, type.properties[i], entity);
  }
}

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
