// The tables of attributes, and the conversion of request values to them.
#include "scim/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace porchlight::scim {
namespace {

constexpr Attribute kName[] = {{"formatted"}, {"familyName"}, {"givenName"}};
constexpr Attribute kContact[] = {{"value"}, {"display"}, {"type"}, {"primary", AttributeKind::kFlag}};
constexpr Attribute kAddress[] = {
    {"formatted"},  {"streetAddress"}, {"locality"}, {"region"},
    {"postalCode"}, {"country"},       {"type"},     {"primary", AttributeKind::kFlag}};
constexpr Attribute kManager[] = {{"value"}, {"displayName"}};
constexpr Attribute kMember[] = {{.name = "value", .exact = true}};

constexpr Attribute kExternalId = {.name = "externalId", .exact = true};

constexpr Attribute kUser[] = {
    {.name = "userName", .required = true, .unique = true},
    kExternalId,
    {"displayName"},
    {"active", AttributeKind::kFlag},
    {"name", AttributeKind::kComplex, false, kName},
    {"nickName"},
    {"title"},
    {"userType"},
    {"preferredLanguage"},
    {"locale"},
    {"timezone"},
    {"emails", AttributeKind::kComplex, true, kContact},
    {"phoneNumbers", AttributeKind::kComplex, true, kContact},
    {"addresses", AttributeKind::kComplex, true, kAddress},
};

constexpr Attribute kEnterprise[] = {
    {"employeeNumber"}, {"costCenter"}, {"organization"},
    {"division"},       {"department"}, {"manager", AttributeKind::kComplex, false, kManager},
};

constexpr Attribute kGroup[] = {
    {.name = "displayName", .required = true, .unique = true},
    kExternalId,
    {"members", AttributeKind::kComplex, true, kMember},
};

constexpr Schema kSchemas[] = {
    {kUserUrn, "User", "A person", kUser},
    {kGroupUrn, "Group", "A group of people", kGroup},
    {kEnterpriseUrn, "EnterpriseUser", "What an organisation says of a person", kEnterprise},
};

std::unexpected<ScimError> wrong(const Attribute& attribute, std::string_view what) {
  return invalid_value(fmt::format("{} {}.", attribute.name, what));
}

// Some identity providers write {"value": x} for the plain value x.
const Value& unwrapped(const Value& given) {
  const Value* const value = given.map() ? find(*given.map(), "value") : nullptr;
  return value ? *value : given;
}

// An empty string is the same as no value.
ScimResult<Value> fit_text(const Attribute& attribute, const Value& given) {
  const std::string* const text = given.text();
  if (!text) return wrong(attribute, "must be a text");
  if (text->size() > kTextBytesMax) return wrong(attribute, "is too long");
  return text->empty() ? Value{} : given;
}

ScimResult<Value> fit_flag(const Attribute& attribute, const Value& given) {
  if (given.flag()) return given;
  if (given.text() && equals_ignore_case(*given.text(), "true")) return Value{true};
  if (given.text() && equals_ignore_case(*given.text(), "false")) return Value{false};
  return wrong(attribute, "must be true or false");
}

ScimResult<Value> fit_one(const Attribute& attribute, const Value& given);

// A complex value from an object, or from a string for its sub-attribute `value`. Unknown and empty sub-attributes are
// dropped, so two spellings of the same content are stored as equal values.
ScimResult<Value> fit_map(const Attribute& attribute, const Value& given) {
  ValueMap fitted;
  if (given.text() && find(attribute.parts, "value")) {
    if (given.text()->size() > kTextBytesMax) return wrong(attribute, "is too long");
    if (!given.text()->empty()) put(fitted, "value", given);
  } else if (!given.map()) {
    return wrong(attribute, "must be an object");
  } else {
    for (const NamedValue& member : *given.map()) {
      const Attribute* const part = find(attribute.parts, member.name);
      if (!part) continue;
      auto value = fit_one(*part, member.value);
      if (!value) return value;
      if (!value->empty()) put(fitted, part->name, *std::move(value));
    }
  }
  return fitted.empty() ? Value{} : Value{std::move(fitted)};
}

// A single value of the attribute's kind.
ScimResult<Value> fit_one(const Attribute& attribute, const Value& given) {
  if (given.empty()) return Value{};
  if (attribute.kind == AttributeKind::kComplex) return fit_map(attribute, given);
  return attribute.kind == AttributeKind::kFlag ? fit_flag(attribute, unwrapped(given))
                                                : fit_text(attribute, unwrapped(given));
}

// Converts every known attribute of `given`, in the order of the schema. Required ones must be there.
ScimResult<void> fit_all(std::span<const Attribute> attributes, const ValueMap& given, ValueMap& fitted) {
  for (const Attribute& attribute : attributes) {
    const Value* const value = find(given, attribute.name);
    auto fits = value ? fit(attribute, *value) : Value{};
    if (!fits) return std::unexpected(fits.error());
    if (!fits->empty()) {
      put(fitted, attribute.name, *std::move(fits));
    } else if (attribute.required) {
      return wrong(attribute, "is required");
    }
  }
  return {};
}

}  // namespace

const ResourceType kUserType = {"/Users", kSchemas[0], &kSchemas[2]};
const ResourceType kGroupType = {"/Groups", kSchemas[1], nullptr};

std::span<const Schema> schemas() { return kSchemas; }

const Attribute* find(std::span<const Attribute> attributes, std::string_view name) {
  const auto at = std::ranges::find_if(
      attributes, [name](const Attribute& a) { return equals_ignore_case(a.name, name); });
  return at == attributes.end() ? nullptr : &*at;
}

bool is_read_only(std::string_view name) {
  constexpr std::string_view kReadOnly[] = {"id", "meta", "schemas", "groups"};
  return std::ranges::any_of(kReadOnly,
                             [name](std::string_view ours) { return equals_ignore_case(ours, name); });
}

// Elements that become empty are dropped from a list.
ScimResult<Value> fit(const Attribute& attribute, const Value& given) {
  const ValueList* const elements = given.list();
  if (!attribute.many) {
    if (elements && elements->size() > 1) return wrong(attribute, "is one and not a list");
    return elements ? (elements->empty() ? Value{} : fit_one(attribute, elements->front()))
                    : fit_one(attribute, given);
  }
  ValueList fitted;
  const auto add = [&](const Value& element) -> ScimResult<void> {
    auto value = fit_one(attribute, element);
    if (!value) return std::unexpected(value.error());
    if (!value->empty()) fitted.push_back(*std::move(value));
    return {};
  };
  for (const Value& element : elements ? std::span(*elements) : std::span(&given, 1))
    if (auto added = add(element); !added) return std::unexpected(added.error());
  return fitted.empty() ? Value{} : Value{std::move(fitted)};
}

// The attributes of the extension are in an object under its URN (RFC 7643 §3.3).
ScimResult<ValueMap> fit(const ResourceType& resource_type, const ValueMap& given) {
  ValueMap fitted;
  if (auto done = fit_all(resource_type.schema.attributes, given, fitted); !done)
    return std::unexpected(done.error());
  const Value* const more = resource_type.extension ? find(given, resource_type.extension->urn) : nullptr;
  if (!more || more->empty()) return fitted;
  if (!more->map()) return invalid_value("The extension must be an object.");
  ValueMap extension;
  if (auto done = fit_all(resource_type.extension->attributes, *more->map(), extension); !done)
    return std::unexpected(done.error());
  if (!extension.empty()) put(fitted, resource_type.extension->urn, {std::move(extension)});
  return fitted;
}

}  // namespace porchlight::scim
