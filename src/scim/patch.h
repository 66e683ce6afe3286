// PATCH (RFC 7644 §3.5.2), and the ways in which identity providers write it: "Replace" with a capital, many
// paths as members of a value without a path, elements to remove in the value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/schema.h"
#include "scim/value.h"

namespace porchlight::scim {

inline constexpr std::size_t kOperationsMax = 1000;

struct Operation {
  enum class Op : std::uint8_t { kAdd, kReplace, kRemove };
  Op op;
  std::optional<PatchPath> path;
  Value value;
};

// The operations of a request's body, in order.
ScimResult<std::vector<Operation>> read_patch(const ValueMap& body);

// Changes the resource, which is of that shape and stays so; half changed after a fault. Attributes that the
// shape does not know are passed over. Nothing of what is required is looked for.
ScimResult<void> apply(const ResourceType& resource_type, ValueMap& resource, const Operation& operation);

}  // namespace porchlight::scim
