// Users and groups as Graph writes them (spec clients 7): the properties that the directory stores, and constants for
// the other properties of the type that clients select.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/json_writer.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// A user or a group. Views into texts that must outlive it.
struct Entity {
  Guid id;
  std::string_view name;
  std::string_view upn = {};  // userPrincipalName and mail of a user; empty for a group
};

// A property of an entity type, and where its value comes from.
struct Property {
  enum class Source : std::uint8_t { kId, kName, kUpn, kConstant };
  std::string_view name;
  Source source = Source::kConstant;
  std::string_view constant = "null";  // JSON
};

// An entity type. The index of a property in `properties` is its bit in a Selection.
struct EntityType {
  std::string_view name;  // microsoft.graph.user
  std::string_view set;   // users
  std::span<const Property> properties;
  std::size_t default_count;  // without $select, the first so many properties are returned
};
extern const EntityType kUserType;
extern const EntityType kGroupType;

// A set of properties, one bit for each; 0 selects the default ones.
using Selection = std::uint32_t;

// Adds the properties that the value of a $select names, in any letter case; "*" names all of them. 400 if the type
// has no such property.
Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection);

// Adds the selected properties of an entity to its object: `"id":…,"displayName":…`.
void write_entity(JsonObject& out, const EntityType& type, const Entity& entity, Selection selection);

// Appends a selection as the context URL states it, "(id,displayName)"; nothing for the default selection.
void append_selection(std::string& out, const EntityType& type, Selection selection);

}  // namespace porchlight::graph
