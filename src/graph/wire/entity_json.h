// People and groups as Graph writes them: what is known of them, and what else their type has (spec clients
// 7).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// One of them, for as long as its texts live.
struct Entity {
  Guid id;
  std::string_view name;
  std::string_view upn = {};  // of a person; mail is the same
};

// A property, by its position in its type.
struct Property {
  enum class Source : std::uint8_t { kId, kName, kUpn, kConstant };
  std::string_view name;
  Source source = Source::kConstant;
  std::string_view constant = "null";  // JSON
};

struct EntityType {
  std::string_view name;  // microsoft.graph.user
  std::string_view set;   // users
  std::span<const Property> properties;
  std::size_t default_count;  // so many are shown where nobody selects: the first
};
extern const EntityType kUserType;
extern const EntityType kGroupType;

// Properties of a type by their bits; 0: nothing was selected, and the usual ones are shown.
using Selection = std::uint32_t;

// Adds the properties that the value of a $select names, in any letter case; "*" is all of them. 400 for one
// that the type does not have.
Result<void> add_selected(const EntityType& type, std::string_view names, Selection& selection);

// `"id":…,"displayName":…` and so on, without braces.
void append_entity(std::string& out, const EntityType& type, const Entity& entity, Selection selection);

// What a context says of a selection: "(id,displayName)", or nothing.
void append_selection(std::string& out, const EntityType& type, Selection selection);

}  // namespace porchlight::graph
