// Filters and the paths of changes (RFC 7644 §3.4.2.2 and §3.5.2): text to a tree, and what the tree says of
// a resource.
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
inline constexpr std::size_t kFilterDepthMax = 16;  // of parentheses and brackets in one another

// Where an attribute is: names one inside the other, at least one. The name of our own schemas before it is
// gone; that of an extension is its first step.
using AttributePath = std::vector<std::string>;
// Steps of a path at most: an extension, its attribute, a part of that.
inline constexpr std::size_t kStepsMax = 3;

enum class Compare : std::uint8_t { kEq, kNe, kCo, kSw, kEw, kGt, kGe, kLt, kLe };

struct Filter {
  // kWhere: `emails[type eq "work"]`, one of the elements matches all of the inner filter.
  enum class NodeType : std::uint8_t { kPresent, kCompare, kAnd, kOr, kNot, kWhere };
  NodeType kind = NodeType::kPresent;
  AttributePath steps;  // of kPresent, kCompare and kWhere
  Compare compare = Compare::kEq;
  Value literal;              // of kCompare: a text, a flag, a number, or nothing for null
  std::vector<Filter> inner;  // two or more of kAnd and kOr, one of kNot and kWhere
};

// A fault is invalidFilter.
ScimResult<Filter> parse_filter(std::string_view text);

// Texts are compared without regard to ASCII case, but for ids of others' making. An attribute that is not
// there equals null alone. Of a list, one element that matches is enough.
bool matches(const Filter& filter, const ValueMap& resource);

// The text that the attribute must equal in everything that matches, where the filter says so outright.
std::optional<std::string_view> required_text(const Filter& filter, std::string_view attribute);
// Whether the filter looks at the attribute.
bool mentions(const Filter& filter, std::string_view attribute);

// What a change is for: an attribute, those of its elements that match, a part of them.
struct PatchPath {
  AttributePath steps;
  std::optional<Filter> where;
  std::string part;  // behind the filter; empty where there is none
};

// A fault is invalidPath.
ScimResult<PatchPath> parse_path(std::string_view text);

}  // namespace porchlight::scim
