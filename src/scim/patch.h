// PATCH (RFC 7644 §3.5.2), including the variants that identity providers send: "Replace" with a capital, paths as the
// member names of a value without a path, elements to remove in the value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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

// What the operations of a request cost: the elements of lists that each of them examines and the bytes that it copies
// into them. A thousand operations that each examine ten thousand members would otherwise take seconds, and a text that
// is set in each of many elements hundreds of megabytes.
class PatchWork {
 public:
  static constexpr std::size_t kMax = 16 * 1024 * 1024;
  static constexpr std::size_t kPerElement = 16;

  // Adds to the work. Error: invalidValue, above kMax.
  ScimResult<void> add(std::size_t work);
  std::size_t sum() const { return sum_; }

 private:
  std::size_t sum_ = 0;
};

// Applies the operations in order to a resource that fit() returned, and that fits its type afterwards. Unknown
// attributes are ignored; required attributes are not checked. After an error the resource may be partly changed:
// discard it.
ScimResult<void> apply(const ResourceType& resource_type, ValueMap& resource,
                       std::span<const Operation> operations, PatchWork& work);

}  // namespace porchlight::scim
