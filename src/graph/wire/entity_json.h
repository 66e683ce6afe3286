// Users and groups as Graph writes them (spec clients 7): the properties that the directory stores, and constants for
// the other properties of the type that clients select.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  // kUserType: "Guest" for a user whose userPrincipalName has #EXT#, as Entra ID names guests, else "Member". Of the
  // constants, kNull is a text without a value, and kEmpty a collection without elements.
  enum class Source : std::uint8_t { kId, kName, kUpn, kUserType, kNull, kEmpty, kFalse, kTrue };
  std::string_view name;
  Source source = Source::kNull;
  bool sortable = false;  // $orderby accepts it
};

// An entity type, and the order of its properties in answers without $select.
struct EntityType {
  std::string_view name;      // microsoft.graph.user
  std::string_view resource;  // as error messages of the directory name it: User
  std::string_view set;       // users
  std::string_view related;   // the navigation property of $metadata, which cannot be expanded
  std::span<const Property> properties;
  std::size_t default_count;  // without $select, the first so many properties are returned
};
extern const EntityType kUserType;
extern const EntityType kMemberType;  // a user in a list of members: the id comes first
extern const EntityType kGroupType;

// The property with this name, in any letter case; nullptr if the type has no such property.
const Property* find_property(const EntityType& type, std::string_view name);

// The value of a property that is a text; nullopt if it is null, or is no text.
std::optional<std::string_view> text_of(const Property& property, const Entity& entity);

// Properties in the order of $select; empty selects the default ones.
using Selection = std::vector<const Property*>;

// Adds the properties that the value of a $select names, in any letter case, unless they are selected already; "*"
// names all of them. 400 if the type has no such property.
Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection);

// Adds the selected properties of an entity to its object: `"id":…,"displayName":…`.
void write_entity(JsonObject& out, const EntityType& type, const Entity& entity, const Selection& selection);

// Appends a selection as the context URL states it, "(id,displayName)"; nothing for the default selection.
void append_selection(std::string& out, const Selection& selection);

}  // namespace porchlight::graph
