// Conversion of JSON to and from the tree, and access to its members.
#include "scim/value.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/overloaded.h"
#include "base/text.h"

namespace porchlight::scim {

bool operator==(const Value& a, const Value& b) { return a.is == b.is; }

const Value* find(const ValueMap& map, std::string_view name) {
  const auto at =
      std::ranges::find_if(map, [name](const NamedValue& m) { return equals_ignore_case(m.name, name); });
  return at == map.end() ? nullptr : &at->value;
}

Value* find(ValueMap& map, std::string_view name) {
  return const_cast<Value*>(find(std::as_const(map), name));
}

std::string_view text_of(const ValueMap& map, std::string_view name) {
  const Value* const value = find(map, name);
  return value && value->text() ? std::string_view(*value->text()) : std::string_view();
}

Value& put(ValueMap& map, std::string_view name, Value value) {
  Value* const existing = find(map, name);
  if (existing) return *existing = std::move(value);
  return map.emplace_back(std::string(name), std::move(value)).value;
}

void unset(ValueMap& map, std::string_view name) {
  std::erase_if(map, [name](const NamedValue& m) { return equals_ignore_case(m.name, name); });
}

// Recursive: the depth is bounded by the limits of JsonReader. Names are unique ignoring case, which the reader checks.
Value to_value(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::NULL_VALUE:
      return {};
    case element_type::BOOL:
      return {bool(element)};
    case element_type::STRING:
      return {std::string(std::string_view(element))};
    case element_type::ARRAY: {
      ValueList list;
      for (const auto each : simdjson::dom::array(element)) list.push_back(to_value(each));
      return {std::move(list)};
    }
    case element_type::OBJECT: {
      ValueMap map;
      for (const auto member : simdjson::dom::object(element))
        map.emplace_back(std::string(member.key), to_value(member.value));
      return {std::move(map)};
    }
    default:
      return {Number{std::string(simdjson::minify(element))}};
  }
}

// Numbers are written as they were read.
void append_json(std::string& out, const Value& value) {
  std::visit(Overloaded{
                 [&](std::monostate) { out += "null"; },
                 [&](bool flag) { out += flag ? "true" : "false"; },
                 [&](const Number& number) { out += number.text; },
                 [&](const std::string& text) { append_json_string(out, text); },
                 [&](const ValueList& list) {
                   JsonArray array(out);
                   for (const Value& each : list) append_json(array.item(), each);
                 },
                 [&](const ValueMap& map) { append_json(out, map); },
             },
             value.is);
}

void append_json(std::string& out, const ValueMap& map) {
  JsonObject object(out);
  for (const NamedValue& member : map) append_json(object.member(member.name), member.value);
}

}  // namespace porchlight::scim
