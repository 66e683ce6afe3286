// The permissions that applications can request, with the ids of Graph where the reference documents them
// (spec protocol §5).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/guid.h"

namespace porchlight::authority {

enum class PermissionKind : std::uint8_t { kDelegated, kApplication };

// The consent page has a text for each delegated permission (page_text.h).
struct PermissionRow {
  std::string_view name;
  PermissionKind kind;
  bool needs_admin;     // only an administrator may grant it
  std::string_view id;  // of Graph; empty: not documented
};

std::span<const PermissionRow> permissions();

// The permission of that kind with that name, in any letter case, or that id; null if unknown.
const PermissionRow* find_permission(PermissionKind kind, std::string_view name_or_id);

}  // namespace porchlight::authority
