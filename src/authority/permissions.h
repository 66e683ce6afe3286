// The permissions that applications may ask for, with Graph's ids where the reference has them (spec protocol
// §5).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/guid.h"

namespace porchlight::authority {

enum class PermissionKind : std::uint8_t { kDelegated, kApplication };

struct PermissionRow {
  std::string_view name;
  PermissionKind kind;
  bool needs_admin;              // only an administrator may grant it
  std::string_view id;           // Graph's; empty where the reference has none
  std::string_view description;  // what a consent page tells people it means; delegated ones only
};

std::span<const PermissionRow> permissions();

// The permission of that name (in any letter case) or id; null where there is none of the kind.
const PermissionRow* find_permission(PermissionKind kind, std::string_view name_or_id);

}  // namespace porchlight::authority
