// A resource, or a piece of one, as a tree: what JSON says, changeable, with names that ignore case.
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
using ValueMap = std::vector<NamedValue>;  // each name once, in the order given

// No attribute of ours is a number; one is kept as it was written so that it can be told from a text.
struct Number {
  std::string text;
  friend bool operator==(const Number&, const Number&) = default;
};

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

// The member of that name in any ASCII letter case; null where there is none.
const Value* find(const ValueMap& map, std::string_view name);
Value* find(ValueMap& map, std::string_view name);
// The text under that name; empty where there is none.
std::string_view text_of(const ValueMap& map, std::string_view name);
// Sets the member of that name, at the end where it is new.
Value& put(ValueMap& map, std::string_view name, Value value);
void unset(ValueMap& map, std::string_view name);

// Of a body, and of a row made from one: a group's ten thousand members, each with what providers say of
// them.
inline constexpr JsonLimits kJsonLimits = {.members = 100'000};

Value to_value(simdjson::dom::element element);
void append_json(std::string& out, const Value& value);
void append_json(std::string& out, const ValueMap& map);

}  // namespace porchlight::scim
