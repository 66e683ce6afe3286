// Prints the model as XML (OData CSDL XML Representation 4.0). Names and types contain nothing that XML escapes.
#include <fmt/format.h>

#include <algorithm>

#include "graph/gate/csdl.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kCsdlHead = R"xml(<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml">
    <edmx:Include Namespace="Org.OData.Core.V1" />
  </edmx:Reference>
  <edmx:DataServices>
)xml";
constexpr std::string_view kCsdlTail = "  </edmx:DataServices>\n</edmx:Edmx>\n";

class CsdlPrinter {
 public:
  std::string print(const CsdlModel& model) {
    out_ = kCsdlHead;
    line(4, R"(<Schema Namespace="{}" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">)",
         kCsdlNamespace);
    for (const CsdlEnum& one : model.enums) print(one);
    for (const CsdlType& type : model.types) print(type);
    for (const CsdlOperation& operation : model.operations) print(operation);
    print_container(model);
    line(4, "</Schema>");
    return out_ += kCsdlTail;
  }

 private:
  template <typename... Values>
  void line(std::size_t indent, fmt::format_string<const Values&...> text, const Values&... values) {
    out_.append(indent, ' ');
    fmt::format_to(std::back_inserter(out_), text, values...);
    out_ += '\n';
  }

  void print(const CsdlEnum& one) {
    line(6, R"(<EnumType Name="{}">)", one.name);
    int value = one.first;
    for (const std::string_view member : one.members)
      line(8, R"(<Member Name="{}" Value="{}" />)", member, value++);
    line(6, "</EnumType>");
  }

  void print(const CsdlType& type) {
    const bool is_complex = type.kind == CsdlType::Kind::kComplex;
    const bool is_root = type.kind == CsdlType::Kind::kRoot;
    if (is_complex)
      line(6, R"(<ComplexType Name="{}">)", type.name);
    else if (is_root)
      line(6, R"(<EntityType Name="{}" Abstract="true">)", type.name);
    else
      line(6, R"(<EntityType Name="{}" BaseType="{}.entity">)", type.name, kCsdlNamespace);
    if (is_root) {
      line(8, "<Key>");
      line(10, R"(<PropertyRef Name="{}" />)", type.properties.front().name);
      line(8, "</Key>");
    }
    for (const CsdlProperty& property : type.properties) print("Property", property);
    line(6, "</{}>", is_complex ? "ComplexType" : "EntityType");
  }

  // `element`: Property or Parameter, unless the kind says NavigationProperty.
  void print(std::string_view element, const CsdlProperty& property) {
    const auto [name, type, kind] = property;
    switch (kind) {
      case CsdlProperty::Kind::kNullable:
        return line(8, R"(<{} Name="{}" Type="{}" />)", element, name, type);
      case CsdlProperty::Kind::kRequired:
        return line(8, R"(<{} Name="{}" Type="{}" Nullable="false" />)", element, name, type);
      case CsdlProperty::Kind::kComputed:
        line(8, R"(<{} Name="{}" Type="{}">)", element, name, type);
        line(10, R"(<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />)");
        return line(8, "</{}>", element);
      case CsdlProperty::Kind::kContained:
        return line(8, R"(<NavigationProperty Name="{}" Type="{}" ContainsTarget="true" />)", name, type);
      case CsdlProperty::Kind::kRelated:
        return line(8, R"(<NavigationProperty Name="{}" Type="{}" />)", name, type);
    }
  }

  void print(const CsdlOperation& operation) {
    const std::string_view element = operation.is_function ? "Function" : "Action";
    line(6, R"(<{} Name="{}" IsBound="true">)", element, operation.name);
    print("Parameter", {"bindingParameter", operation.bound_to});
    for (const CsdlProperty& parameter : operation.parameters) print("Parameter", parameter);
    if (!operation.returns.empty()) line(8, R"(<ReturnType Type="{}" />)", operation.returns);
    line(6, "</{}>", element);
  }

  void print_container(const CsdlModel& model) {
    line(6, R"(<EntityContainer Name="GraphService">)");
    for (const CsdlResource& resource : model.resources) {
      if (resource.kind == CsdlResource::Kind::kSingleton)
        line(8, R"(<Singleton Name="{}" Type="{}" />)", resource.name, resource.type);
      else
        print_set(model, resource);
    }
    line(6, "</EntityContainer>");
  }

  // With the sets to which its properties of the kind kRelated lead.
  void print_set(const CsdlModel& model, const CsdlResource& set) {
    const std::string head = fmt::format(R"(<EntitySet Name="{}" EntityType="{}")", set.name, set.type);
    bool has_bindings = false;
    for (const CsdlProperty& property : find_type(model, set.type)->properties) {
      if (property.kind != CsdlProperty::Kind::kRelated) continue;
      const auto target =
          std::ranges::find(model.resources, element_type(property.type), &CsdlResource::type);
      if (!has_bindings) line(8, "{}>", head);
      has_bindings = true;
      line(10, R"(<NavigationPropertyBinding Path="{}" Target="{}" />)", property.name, target->name);
    }
    has_bindings ? line(8, "</EntitySet>") : line(8, "{} />", head);
  }

  std::string out_;
};

}  // namespace

std::string print_csdl(const CsdlModel& model) { return CsdlPrinter().print(model); }

}  // namespace porchlight::graph
