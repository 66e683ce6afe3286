#include "scim/discovery.h"

#include <fmt/format.h>

#include "scim/page.h"
#include "scim/schema.h"

namespace porchlight::scim {
namespace {

Value text(std::string_view value) { return {std::string(value)}; }

Value texts(std::initializer_list<std::string_view> values) {
  List list;
  for (const std::string_view value : values) list.push_back(text(value));
  return {std::move(list)};
}

Value meta(std::string_view type, std::string location) {
  return {Map{{"resourceType", text(type)}, {"location", {std::move(location)}}}};
}

Value supported(bool is) { return {Map{{"supported", {is}}}}; }

Value document_of(const Attribute& attribute) {
  Map map{{"name", text(attribute.name)},
          {"type", text(attribute.kind == Kind::kComplex ? "complex"
                        : attribute.kind == Kind::kFlag  ? "boolean"
                                                         : "string")},
          {"multiValued", {attribute.many}},
          {"required", {attribute.required}},
          {"caseExact", {attribute.exact}},
          {"mutability", text("readWrite")},
          {"returned", text("default")},
          {"uniqueness", text(attribute.unique ? "server" : "none")}};
  if (!attribute.parts.empty()) {
    List parts;
    for (const Attribute& part : attribute.parts) parts.push_back(document_of(part));
    put(map, "subAttributes", {std::move(parts)});
  }
  return {std::move(map)};
}

}  // namespace

Map service_provider_config(std::string_view base) {
  const Map scheme{{"type", text("oauthbearertoken")},
                   {"name", text("Bearer token")},
                   {"description", text("A token that the tenant's administrator makes")},
                   {"primary", {true}}};
  return {
      {"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"})},
      {"patch", supported(true)},
      {"bulk",
       {Map{{"supported", {false}}, {"maxOperations", {Number{"0"}}}, {"maxPayloadSize", {Number{"0"}}}}}},
      {"filter", {Map{{"supported", {true}}, {"maxResults", {Number{std::to_string(kCountMax)}}}}}},
      {"changePassword", supported(false)},
      {"sort", supported(false)},
      {"etag", supported(false)},
      {"authenticationSchemes", {List{{scheme}}}},
      {"meta", meta("ServiceProviderConfig", fmt::format("{}/ServiceProviderConfig", base))}};
}

List resource_types(std::string_view base) {
  List types;
  for (const Shape* const shape : {&kUserShape, &kGroupShape}) {
    Map type{{"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:ResourceType"})},
             {"id", text(shape->schema.name)},
             {"name", text(shape->schema.name)},
             {"endpoint", text(shape->endpoint)},
             {"description", text(shape->schema.about)},
             {"schema", text(shape->schema.urn)}};
    if (shape->extension)
      put(type, "schemaExtensions",
          {List{{Map{{"schema", text(shape->extension->urn)}, {"required", {false}}}}}});
    put(type, "meta", meta("ResourceType", fmt::format("{}/ResourceTypes/{}", base, shape->schema.name)));
    types.push_back({std::move(type)});
  }
  return types;
}

List schema_documents(std::string_view base) {
  List documents;
  for (const Schema& schema : schemas()) {
    List attributes;
    for (const Attribute& attribute : schema.attributes) attributes.push_back(document_of(attribute));
    documents.push_back({Map{{"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:Schema"})},
                             {"id", text(schema.urn)},
                             {"name", text(schema.name)},
                             {"description", text(schema.about)},
                             {"attributes", {std::move(attributes)}},
                             {"meta", meta("Schema", fmt::format("{}/Schemas/{}", base, schema.urn))}}});
  }
  return documents;
}

}  // namespace porchlight::scim
