// The model of the API in the terms of CSDL 4.0 (OData Common Schema Definition Language). $metadata and the OpenAPI
// description of the Graph routes are printed from it, so they cannot differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace porchlight::graph {

// The namespace of all types below. References to them have it: "microsoft.graph.presence".
inline constexpr std::string_view kCsdlNamespace = "microsoft.graph";

// An enumeration. Values count from `first` in the order of the members.
struct CsdlEnum {
  std::string_view name;
  std::span<const std::string_view> members;
  int first = 0;
};

// A property of a type, or a parameter of an action or function.
struct CsdlProperty {
  enum class Kind : std::uint8_t {
    kNullable,
    kRequired,   // never null
    kComputed,   // nullable, and set by the server alone
    kContained,  // leads to entities that exist as a part of this one (a navigation property)
    kRelated,    // leads to other entities
  };
  std::string_view name;
  std::string_view type;  // "Edm.String", "microsoft.graph.presence", or "Collection(…)" of one
  Kind kind = Kind::kNullable;
};

// A structured type. Entities have the properties of kRoot as well.
struct CsdlType {
  enum class Kind : std::uint8_t {
    kComplex,
    kRoot,  // the abstract type of all entities, with their key
    kEntity,
  };
  std::string_view name;
  Kind kind;
  std::span<const CsdlProperty> properties;
};

// An action or a function, bound to values of a type.
struct CsdlOperation {
  std::string_view name;
  std::string_view bound_to;
  std::span<const CsdlProperty> parameters = {};  // without the binding parameter
  std::string_view returns = {};                  // empty: no result
  bool is_function = false;
};

// An entity set or a singleton at the root.
struct CsdlResource {
  enum class Kind : std::uint8_t { kSet, kSingleton };
  std::string_view name;
  std::string_view type;
  Kind kind;
};

struct CsdlModel {
  std::span<const CsdlEnum> enums;
  std::span<const CsdlType> types;
  std::span<const CsdlOperation> operations;
  std::span<const CsdlResource> resources;
};

// "microsoft.graph.presence" of "Collection(microsoft.graph.presence)"; other types as they are.
constexpr std::string_view element_type(std::string_view type) {
  constexpr std::string_view kBefore = "Collection(";
  return type.starts_with(kBefore) ? type.substr(kBefore.size(), type.size() - kBefore.size() - 1) : type;
}

// The structured type that a reference names with its namespace; nullptr if it is another kind of type.
const CsdlType* find_type(const CsdlModel& model, std::string_view reference);

// What the server serves. Constant: any thread.
const CsdlModel& csdl_model();

// The XML of $metadata (spec protocol §9). Types have their full names: a generator that does not know what an alias
// is leaves out the actions.
std::string print_csdl(const CsdlModel& model);

}  // namespace porchlight::graph
