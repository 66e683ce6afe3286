// Who may see a person's presence: one pure function of whose it is and who looks (spec presence §6.8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/guid.h"

namespace porchlight::presence {

// Whom a person lets see them, beside themselves.
enum class VisibleTo : std::uint8_t {
  kTenant,  // everybody in the tenant, and trusted tenants: the default
  kNamed,   // the people, applications and groups that are named
  kNobody,
};

// What the others see in place of the presence.
enum class OthersSee : std::uint8_t {
  kHidden,          // PresenceUnknown: this person does not share
  kAppearsOffline,  // Offline: indistinguishable from somebody who is not there
};

struct Visibility {
  VisibleTo visible_to = VisibleTo::kTenant;
  OthersSee others_see = OthersSee::kHidden;
  std::vector<Guid> members;  // people and applications, in order
  std::vector<Guid> groups;   // in order
  friend bool operator==(const Visibility&, const Visibility&) = default;
};

// How many ids an audience may name.
inline constexpr std::size_t kVisibilityIdsMax = 1000;

// Who looks. `groups`: those the user is in, in order.
struct Viewer {
  Guid app;
  std::optional<Guid> user;
  std::span<const Guid> groups = {};
};

// Whether the viewer may see `subject`, whose audience this is. Whether the two are of tenants that may see
// each other at all is asked before.
bool may_see(const Visibility& visibility, const Guid& subject, const Viewer& viewer);

}  // namespace porchlight::presence
