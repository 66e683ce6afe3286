// Filters and the paths of PATCH operations (RFC 7644 §3.4.2.2 and §3.5.2): parsed to a tree, and evaluated on a
// resource.
//
//     filter  = and { "or" and }                and  = term { "and" term }
//     term    = "(" filter ")" | "not" "(" filter ")" | attribute test
//             | attribute "[" filter "]" [ [ "." name ] test ]
//     test    = "pr" | operator value
//     path    = attribute [ "[" filter "]" [ "." name ] ]
//
// A test behind a bracket is not in the RFC's grammar of filters. Entra ID sends it: `emails[type eq "work"].value eq
// "…"`, and in older documents `emails[type eq "work"] eq "…"`, which tests `value`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scim/error.h"
#include "scim/value.h"

namespace porchlight::scim {

inline constexpr std::size_t kFilterBytesMax = 4096;
inline constexpr std::size_t kFilterDepthMax = 16;  // nesting of parentheses and brackets

// The names that lead to an attribute, outermost first; at least one. The URN of the core schemas is removed; the URN
// of an extension is the first step.
using AttributePath = std::vector<std::string>;
// Maximum number of steps: an extension, its attribute, a sub-attribute.
inline constexpr std::size_t kStepsMax = 3;

enum class Compare : std::uint8_t { kEq, kNe, kCo, kSw, kEw, kGt, kGe, kLt, kLe };

// A node of the tree of a filter.
struct Filter {
  // kWhere: `emails[type eq "work"]`, a single element matches the whole inner filter.
  enum class NodeType : std::uint8_t { kPresent, kCompare, kAnd, kOr, kNot, kWhere };
  NodeType kind = NodeType::kPresent;
  AttributePath steps;  // for kPresent, kCompare and kWhere
  Compare compare = Compare::kEq;
  Value literal;              // for kCompare: a string, boolean or number; empty for null
  std::vector<Filter> inner;  // for kAnd and kOr two or more, for kNot and kWhere one
};

// Errors: invalidFilter.
ScimResult<Filter> parse_filter(std::string_view text);

// Strings compare without regard to ASCII letter case, except externalId. A missing attribute equals only null. A list
// matches if one of its elements does; with `ne`, if no element equals the literal.
bool matches(const Filter& filter, const ValueMap& resource);

// The string that the attribute equals in every match, if the filter is `attribute eq "…"` or an `and` with that term.
// Used to look up candidates by index instead of a scan.
std::optional<std::string_view> required_text(const Filter& filter, std::string_view attribute);
// Returns true if the filter reads the attribute.
bool mentions(const Filter& filter, std::string_view attribute);

// The target of a PATCH operation: an attribute, the elements of it that match, a sub-attribute of these.
struct PatchPath {
  AttributePath steps;
  std::optional<Filter> where;
  std::string part;  // the sub-attribute after the filter; empty: none
};

// Errors: invalidPath.
ScimResult<PatchPath> parse_path(std::string_view text);

}  // namespace porchlight::scim
