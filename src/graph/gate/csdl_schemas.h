// JSON schemas of the types of $metadata (JSON Schema 2020-12, as OpenAPI 3.1 has it), in the OData JSON Format 4.0.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "graph/gate/csdl.h"

namespace porchlight::graph {

// {"$ref":"#/components/schemas/{name}"}, for another kind of component as well.
std::string component_reference(std::string_view kind, std::string_view name);

// Refers to the model, which must outlive it.
class CsdlSchemas {
 public:
  explicit CsdlSchemas(const CsdlModel& model) : model_(model) {}

  // Adds a schema for each enumeration and each structured type, by its name with the namespace.
  void write_all(JsonObject& out) const;
  // Writes the schema of a body with the parameters of an action.
  void write_parameters(JsonObject& schema, const CsdlOperation& action) const;
  // Writes the schema of a page of a list of elements.
  static void write_page(JsonObject& schema, std::string_view element);

 private:
  void write_type(JsonObject& schema, const CsdlType& type) const;
  static void write_annotations(JsonObject& schema);
  static void write_required(JsonObject& schema, std::span<const CsdlProperty> properties);
  void write_properties(JsonObject& out, std::span<const CsdlProperty> properties) const;
  void write_value(JsonObject& schema, std::string_view type, bool is_nullable) const;
  static void write_primitive(JsonObject& schema, std::string_view type, bool is_nullable);

  const CsdlModel& model_;
};

}  // namespace porchlight::graph
