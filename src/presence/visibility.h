// Who may see the presence of a user (spec presence §6.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/guid.h"

namespace porchlight::presence {

// Who may see the presence. The user can always see it.
enum class VisibleTo : std::uint8_t {
  kTenant,  // all users and applications of the tenant and of trusted tenants: the default
  kNamed,   // the named users and applications, and the members of the named groups
  kNobody,  // only the user
};

// What all others see instead of the presence.
enum class OthersSee : std::uint8_t {
  kHidden,          // PresenceUnknown: the user does not share the presence
  kAppearsOffline,  // Offline: the same as for a user without a session
};

// The setting of one user.
struct Visibility {
  VisibleTo visible_to = VisibleTo::kTenant;
  OthersSee others_see = OthersSee::kHidden;
  std::vector<Guid> members;  // users and applications, sorted
  std::vector<Guid> groups;   // sorted
  bool badge = false;         // anyone may read the state as a badge, without a token
  friend bool operator==(const Visibility&, const Visibility&) = default;
};

// The largest number of ids in `members` and `groups` together.
inline constexpr std::size_t kVisibilityIdsMax = 1000;

// The caller that reads a presence.
struct Viewer {
  Guid app;
  std::optional<Guid> user;           // absent for an application permission
  std::span<const Guid> groups = {};  // the groups of the user, sorted
};

// What decided whether a viewer sees a presence.
enum class SightRule : std::uint8_t {
  kOneself,   // the viewer is the user
  kTenant,    // all may see it
  kNamed,     // the viewer is named
  kGroup,     // a group of the viewer is named
  kNotNamed,  // neither is named
  kNobody,    // only the user may see it
};
inline constexpr std::size_t kSightRules = 6;

// The rule for a viewer of the presence of `subject`, whose setting this is. The caller has checked that the tenants of
// both may see each other.
SightRule sight_rule(const Visibility& visibility, const Guid& subject, const Viewer& viewer);
// Whether a viewer sees the presence by that rule.
constexpr bool is_sight(SightRule rule) { return rule < SightRule::kNotNamed; }
// Both.
inline bool may_see(const Visibility& visibility, const Guid& subject, const Viewer& viewer) {
  return is_sight(sight_rule(visibility, subject, viewer));
}

// What the badge of a user with this setting shows, which has no viewer: nothing unless the user allows it, and what
// others see otherwise.
enum class BadgeContent : std::uint8_t { kNothing, kAppearsOffline, kState };
BadgeContent badge_content(const Visibility& visibility);

}  // namespace porchlight::presence
