// A resource or a part of one as a mutable tree of JSON values. Member names ignore ASCII letter case.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace porchlight::scim {

struct Value;
struct NamedValue;
using ValueList = std::vector<Value>;
using ValueMap = std::vector<NamedValue>;  // unique names, in the order of the request

// The text of a number. No attribute of the schemas is numeric; the type only distinguishes it from a string.
struct Number {
  std::string text;
  friend bool operator==(const Number&, const Number&) = default;
};

// Null (empty), a boolean, a number, a string, a list or an object.
struct Value {
  std::variant<std::monostate, bool, Number, std::string, ValueList, ValueMap> is;

  bool empty() const { return std::holds_alternative<std::monostate>(is); }
  const std::string* text() const { return std::get_if<std::string>(&is); }
  const bool* flag() const { return std::get_if<bool>(&is); }
  const ValueList* list() const { return std::get_if<ValueList>(&is); }
  ValueList* list() { return std::get_if<ValueList>(&is); }
  const ValueMap* map() const { return std::get_if<ValueMap>(&is); }
  ValueMap* map() { return std::get_if<ValueMap>(&is); }
};

// A member of an object.
struct NamedValue {
  std::string name;
  Value value;
};

bool operator==(const Value& a, const Value& b);
inline bool operator==(const NamedValue& a, const NamedValue& b) {
  return a.name == b.name && a.value == b.value;
}

template <typename H>
H AbslHashValue(H hash, const Number& number) {
  return H::combine(std::move(hash), number.text);
}
template <typename H>
H AbslHashValue(H hash, const NamedValue& member);
template <typename H>
H AbslHashValue(H hash, const Value& value) {
  const auto mix = [&]<typename T>(const T& is) {
    if constexpr (std::is_same_v<T, std::monostate>)
      return std::move(hash);
    else
      return H::combine(std::move(hash), is);
  };
  return H::combine(std::visit(mix, value.is), value.is.index());
}
template <typename H>
H AbslHashValue(H hash, const NamedValue& member) {
  return H::combine(std::move(hash), member.name, member.value);
}

// The member of that name, or null. Valid until the map changes.
const Value* find(const ValueMap& map, std::string_view name);
Value* find(ValueMap& map, std::string_view name);
// The string under that name; empty if the member is missing or not a string.
std::string_view text_of(const ValueMap& map, std::string_view name);
// Sets the member of that name; a new member is appended.
Value& put(ValueMap& map, std::string_view name, Value value);
// Removes the member of that name, if any.
void unset(ValueMap& map, std::string_view name);

// Limits of a request body and of a stored row: a group has up to ten thousand members, each with several members.
inline constexpr JsonLimits kJsonLimits = {.members = 100'000};

// Copies a parsed JSON value.
Value to_value(simdjson::dom::element element);
// Append the value as JSON.
void append_json(std::string& out, const Value& value);
void append_json(std::string& out, const ValueMap& map);

}  // namespace porchlight::scim
