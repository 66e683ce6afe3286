// attributes and excludedAttributes of a request (RFC 7644 §3.9): what of a resource an answer has.
#pragma once

#include <string_view>
#include <vector>

#include "scim/filter.h"
#include "scim/value.h"

namespace porchlight::scim {

class AttributeSelection {
 public:
  // Lists of names between commas; empty ones are as if not given. A fault is invalidPath.
  static ScimResult<AttributeSelection> parse(std::string_view attributes, std::string_view excluded);

  // Whether an answer has anything of the attribute.
  bool includes(std::string_view attribute) const;
  // Takes away what is not wanted; never the id.
  void apply(ValueMap& resource) const;

 private:
  std::vector<AttributePath> only_;  // all where it is empty
  std::vector<AttributePath> without_;
};

}  // namespace porchlight::scim
