// The query string of a SCIM request (RFC 7644 §3.4.2 and §3.9): filter, page and selected attributes.
#pragma once

#include <optional>
#include <string_view>

#include "scim/attribute_selection.h"
#include "scim/filter.h"
#include "scim/page.h"

namespace porchlight::scim {

struct Query {
  std::optional<Filter> filter;
  PageWindow window;
  AttributeSelection select;
};

// Unknown parameters are ignored. Errors: invalidFilter, invalidPath, invalidValue.
ScimResult<Query> parse_query(std::string_view text);

}  // namespace porchlight::scim
