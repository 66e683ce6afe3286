// PATCH (RFC 7644 §3.5.2), including the variants that identity providers send: "Replace" with a capital, paths as the
// member names of a value without a path, elements to remove in the value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/schema.h"
#include "scim/value.h"

namespace porchlight::scim {

// Operations in one request.
inline constexpr std::size_t kOperationsMax = 1000;

struct Operation {
  enum class Op : std::uint8_t { kAdd, kReplace, kRemove };
  Op op;
  std::optional<PatchPath> path;  // nullopt: the members of `value` are paths
  Value value;                    // empty: none
};

// The operations of a request body, in order. Errors: invalidSyntax, invalidPath, invalidValue.
ScimResult<std::vector<Operation>> read_patch(const ValueMap& body);

// Applies the operation to a resource that fit() returned, and that fits its type afterwards. Unknown attributes are
// ignored; required attributes are not checked. After an error the resource may be partly changed: discard it.
ScimResult<void> apply(const ResourceType& resource_type, ValueMap& resource, const Operation& operation);

}  // namespace porchlight::scim
