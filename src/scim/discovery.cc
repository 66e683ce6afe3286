// Builds the discovery documents from the tables of schema.h, so that they cannot differ from what is accepted.
#include "scim/discovery.h"

#include <fmt/format.h>

#include "scim/page.h"
#include "scim/schema.h"

namespace porchlight::scim {
namespace {

Value text(std::string_view value) { return {std::string(value)}; }

Value texts(std::initializer_list<std::string_view> values) {
  ValueList list;
  for (const std::string_view value : values) list.push_back(text(value));
  return {std::move(list)};
}

Value meta(std::string_view type, std::string location) {
  return {ValueMap{{"resourceType", text(type)}, {"location", {std::move(location)}}}};
}

Value supported(bool is) { return {ValueMap{{"supported", {is}}}}; }

// An attribute in a schema document (RFC 7643 §7).
Value document_of(const Attribute& attribute) {
  ValueMap map{{"name", text(attribute.name)},
               {"type", text(attribute.kind == AttributeKind::kComplex ? "complex"
                             : attribute.kind == AttributeKind::kFlag  ? "boolean"
                                                                       : "string")},
               {"multiValued", {attribute.many}},
               {"required", {attribute.required}},
               {"caseExact", {attribute.exact}},
               {"mutability", text("readWrite")},
               {"returned", text("default")},
               {"uniqueness", text(attribute.unique ? "server" : "none")}};
  if (!attribute.parts.empty()) {
    ValueList parts;
    for (const Attribute& part : attribute.parts) parts.push_back(document_of(part));
    put(map, "subAttributes", {std::move(parts)});
  }
  return {std::move(map)};
}

}  // namespace

// Supported: PATCH and filters. Not supported: bulk requests, passwords, sorting, ETags (RFC 7643 §5).
ValueMap service_provider_config(std::string_view base) {
  const ValueMap scheme{{"type", text("oauthbearertoken")},
                        {"name", text("Bearer token")},
                        {"description", text("A token that the tenant's administrator makes")},
                        {"primary", {true}}};
  return {{"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"})},
          {"patch", supported(true)},
          {"bulk",
           {ValueMap{
               {"supported", {false}}, {"maxOperations", {Number{"0"}}}, {"maxPayloadSize", {Number{"0"}}}}}},
          {"filter", {ValueMap{{"supported", {true}}, {"maxResults", {Number{std::to_string(kCountMax)}}}}}},
          {"changePassword", supported(false)},
          {"sort", supported(false)},
          {"etag", supported(false)},
          {"authenticationSchemes", {ValueList{{scheme}}}},
          {"meta", meta("ServiceProviderConfig", fmt::format("{}/ServiceProviderConfig", base))}};
}

ValueList resource_types(std::string_view base) {
  ValueList types;
  for (const ResourceType* const resource_type : {&kUserType, &kGroupType}) {
    ValueMap type{{"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:ResourceType"})},
                  {"id", text(resource_type->schema.name)},
                  {"name", text(resource_type->schema.name)},
                  {"endpoint", text(resource_type->endpoint)},
                  {"description", text(resource_type->schema.about)},
                  {"schema", text(resource_type->schema.urn)}};
    if (resource_type->extension)
      put(type, "schemaExtensions",
          {ValueList{{ValueMap{{"schema", text(resource_type->extension->urn)}, {"required", {false}}}}}});
    put(type, "meta",
        meta("ResourceType", fmt::format("{}/ResourceTypes/{}", base, resource_type->schema.name)));
    types.push_back({std::move(type)});
  }
  return types;
}

ValueList schema_documents(std::string_view base) {
  ValueList documents;
  for (const Schema& schema : schemas()) {
    ValueList attributes;
    for (const Attribute& attribute : schema.attributes) attributes.push_back(document_of(attribute));
    documents.push_back({ValueMap{{"schemas", texts({"urn:ietf:params:scim:schemas:core:2.0:Schema"})},
                                  {"id", text(schema.urn)},
                                  {"name", text(schema.name)},
                                  {"description", text(schema.about)},
                                  {"attributes", {std::move(attributes)}},
                                  {"meta", meta("Schema", fmt::format("{}/Schemas/{}", base, schema.urn))}}});
  }
  return documents;
}

}  // namespace porchlight::scim
