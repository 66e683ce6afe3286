// The schemas of users and groups (RFC 7643 §4): one table defines which attributes are stored, their types, and the
// content of /Schemas. Attributes that are not in it are ignored everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scim/error.h"
#include "scim/value.h"

namespace porchlight::scim {

inline constexpr std::string_view kUserUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view kGroupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view kEnterpriseUrn =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// Maximum length of a string value.
inline constexpr std::size_t kTextBytesMax = 4096;

enum class AttributeKind : std::uint8_t { kText, kFlag, kComplex };

// An attribute or sub-attribute. Static data.
struct Attribute {
  std::string_view name;
  AttributeKind kind = AttributeKind::kText;
  bool many = false;                      // multi-valued
  std::span<const Attribute> parts = {};  // sub-attributes, for kComplex
  bool required = false;
  bool unique = false;
  bool exact = false;  // caseExact
};

struct Schema {
  std::string_view urn;
  std::string_view name;
  std::string_view about;  // its description
  std::span<const Attribute> attributes;
};

// A resource type: its core schema and its extension.
struct ResourceType {
  std::string_view endpoint;  // "/Users"
  const Schema& schema;
  const Schema* extension;  // null: none
};

extern const ResourceType kUserType;
extern const ResourceType kGroupType;
std::span<const Schema> schemas();

// The attribute of that name in any letter case, or null.
const Attribute* find(std::span<const Attribute> attributes, std::string_view name);
// Returns true for the attributes that only the server sets: id, meta, schemas and groups.
bool is_read_only(std::string_view name);

// Converts a value of a request to the attribute's type. Accepts what identity providers send: booleans as strings
// ("False"), a list of one for a single value, a single value for a list, a string for a complex value with a
// sub-attribute `value`. Returns an empty value for null and for empty lists and objects. Errors name the attribute.
ScimResult<Value> fit(const Attribute& attribute, const Value& given);
// Converts a whole resource of a request: the attributes of its type, each converted. Errors: invalidValue, also if a
// required attribute is missing.
ScimResult<ValueMap> fit(const ResourceType& resource_type, const ValueMap& given);

}  // namespace porchlight::scim
