// What people and groups have, as SCIM publishes it (RFC 7643 §4): one table says what is kept, of which type
// it is, and what /Schemas tells. What is not in it is passed over wherever it comes.
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

// One text of a resource.
inline constexpr std::size_t kTextBytesMax = 4096;

enum class AttributeKind : std::uint8_t { kText, kFlag, kComplex };

struct Attribute {
  std::string_view name;
  AttributeKind kind = AttributeKind::kText;
  bool many = false;  // a list of them
  std::span<const Attribute> parts = {};
  bool required = false;
  bool unique = false;
  bool exact = false;  // compared with regard to case
};

struct Schema {
  std::string_view urn;
  std::string_view name;
  std::string_view about;
  std::span<const Attribute> attributes;
};

// A type of resource: its own schema, and one that extends it where there is one.
struct ResourceType {
  std::string_view endpoint;
  const Schema& schema;
  const Schema* extension;
};

extern const ResourceType kUserType;
extern const ResourceType kGroupType;
std::span<const Schema> schemas();

// The attribute of that name in any letter case; null where there is none.
const Attribute* find(std::span<const Attribute> attributes, std::string_view name);
// Whether it is for the server alone to say: id, meta and their like.
bool is_read_only(std::string_view name);

// The value as the attribute has it, from what a caller wrote: flags also as texts ("False"), a list of one
// for one, one for a list of one, a text for what has a part `value`. Empty where the value is null or holds
// nothing. A fault names the attribute.
ScimResult<Value> fit(const Attribute& attribute, const Value& given);
// A whole resource from what a caller wrote: what the shape knows of it, each fitted. Required attributes are
// there.
ScimResult<ValueMap> fit(const ResourceType& resource_type, const ValueMap& given);

}  // namespace porchlight::scim
