// Names that begin with Edm are primitive types; all others are components.
#include "graph/gate/csdl_schemas.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace porchlight::graph {
namespace {

std::string full_name(std::string_view name) { return fmt::format("{}.{}", kCsdlNamespace, name); }

void write_json_type(JsonObject& schema, std::string_view type, bool is_nullable) {
  if (is_nullable)
    schema.texts("type", std::array<std::string_view, 2>{type, "null"});
  else
    schema.text("type", type);
}

}  // namespace

std::string component_reference(std::string_view kind, std::string_view name) {
  return fmt::format(R"({{"$ref":"#/components/{}/{}"}})", kind, name);
}

void CsdlSchemas::write_all(JsonObject& out) const {
  for (const CsdlEnum& one : model_.enums)
    out.object(full_name(one.name),
               [&](JsonObject& schema) { schema.text("type", "string").texts("enum", one.members); });
  for (const CsdlType& type : model_.types)
    out.object(full_name(type.name), [&](JsonObject& schema) { write_type(schema, type); });
}

void CsdlSchemas::write_parameters(JsonObject& schema, const CsdlOperation& action) const {
  schema.text("type", "object");
  write_required(schema, action.parameters);
  schema.object("properties", [&](JsonObject& out) { write_properties(out, action.parameters); });
}

void CsdlSchemas::write_page(JsonObject& schema, std::string_view element) {
  schema.text("type", "object").texts("required", std::array{"value"});
  schema.object("properties", [&](JsonObject& out) {
    out.object("value", [&](JsonObject& value) {
      value.text("type", "array").json("items", component_reference("schemas", element));
    });
  });
  write_annotations(schema);
}

void CsdlSchemas::write_type(JsonObject& schema, const CsdlType& type) const {
  schema.text("type", "object");
  // $select may leave out any property of an entity.
  if (type.kind == CsdlType::Kind::kComplex) write_required(schema, type.properties);
  schema.object("properties", [&](JsonObject& out) {
    if (type.kind == CsdlType::Kind::kEntity)
      write_properties(out, find_type(model_, full_name("entity"))->properties);
    write_properties(out, type.properties);
  });
  write_annotations(schema);
}

// Names with an @ are annotations of the object or of a property (OData JSON Format 4.0 §4.5).
void CsdlSchemas::write_annotations(JsonObject& schema) {
  schema.object("patternProperties", [](JsonObject& out) { out.json("@", "{}"); });
}

void CsdlSchemas::write_required(JsonObject& schema, std::span<const CsdlProperty> properties) {
  std::vector<std::string_view> names;
  for (const CsdlProperty& property : properties)
    if (property.kind == CsdlProperty::Kind::kRequired) names.push_back(property.name);
  if (!names.empty()) schema.texts("required", names);
}

// Without navigation properties, which are paths of their own: no option expands them.
void CsdlSchemas::write_properties(JsonObject& out, std::span<const CsdlProperty> properties) const {
  using enum CsdlProperty::Kind;
  for (const CsdlProperty& property : properties) {
    if (property.kind == kContained || property.kind == kRelated) continue;
    out.object(property.name, [&](JsonObject& schema) {
      write_value(schema, property.type, property.kind != kRequired);
      if (property.kind == kComputed) schema.boolean("readOnly", true);
    });
  }
}

void CsdlSchemas::write_value(JsonObject& schema, std::string_view type, bool is_nullable) const {
  const std::string_view element = element_type(type);
  if (element != type) {
    write_json_type(schema, "array", is_nullable);
    schema.object("items", [&](JsonObject& items) { write_value(items, element, false); });
  } else if (type.starts_with("Edm.")) {
    write_primitive(schema, type, is_nullable);
  } else if (is_nullable) {
    schema.array("anyOf", std::array{component_reference("schemas", type), std::string(R"({"type":"null"})")},
                 [](JsonArray& out, const std::string& one) { out.json(one); });
  } else {
    schema.text("$ref", fmt::format("#/components/schemas/{}", type));
  }
}

// OData JSON Format 4.0 §7.1.
void CsdlSchemas::write_primitive(JsonObject& schema, std::string_view type, bool is_nullable) {
  if (type == "Edm.Boolean") return write_json_type(schema, "boolean", is_nullable);
  if (type == "Edm.Int32") return write_json_type(schema, "integer", is_nullable);
  write_json_type(schema, "string", is_nullable);
  if (type == "Edm.DateTimeOffset") schema.text("format", "date-time");
  if (type == "Edm.Date") schema.text("format", "date");
  if (type == "Edm.Duration") schema.text("format", "duration");
}

}  // namespace porchlight::graph
