// The parameters attributes and excludedAttributes (RFC 7644 §3.9): which attributes of a resource a response contains.
#pragma once

#include <string_view>
#include <vector>

#include "scim/filter.h"
#include "scim/value.h"

namespace porchlight::scim {

// Immutable. The default selection includes everything.
class AttributeSelection {
 public:
  // Comma-separated names; an empty list counts as absent. Errors: invalidPath.
  static ScimResult<AttributeSelection> parse(std::string_view attributes, std::string_view excluded);

  // Returns true if a response contains the attribute or a part of it.
  bool includes(std::string_view attribute) const;
  // Removes the attributes that are not selected. The id always stays.
  void apply(ValueMap& resource) const;

 private:
  std::vector<AttributePath> only_;     // empty: all
  std::vector<AttributePath> without_;  // removed after only_ is applied
};

}  // namespace porchlight::scim
