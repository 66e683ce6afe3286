// Both lists of a Visibility are sorted, so each check is a binary search.
#include "presence/visibility.h"

#include <algorithm>

namespace porchlight::presence {
namespace {

bool names(const std::vector<Guid>& list, const Guid& id) {
  return std::binary_search(list.begin(), list.end(), id);
}

}  // namespace

SightRule sight_rule(const Visibility& visibility, const Guid& subject, const Viewer& viewer) {
  if (viewer.user == subject) return SightRule::kOneself;
  switch (visibility.visible_to) {
    case VisibleTo::kTenant:
      return SightRule::kTenant;
    case VisibleTo::kNobody:
      return SightRule::kNobody;
    case VisibleTo::kNamed:
      break;
  }
  // With delegated permissions the user counts, not the application.
  if (names(visibility.members, viewer.user.value_or(viewer.app))) return SightRule::kNamed;
  const bool is_in_group =
      viewer.user && std::any_of(viewer.groups.begin(), viewer.groups.end(),
                                 [&](const Guid& group) { return names(visibility.groups, group); });
  return is_in_group ? SightRule::kGroup : SightRule::kNotNamed;
}

BadgeContent badge_content(const Visibility& visibility) {
  if (!visibility.badge) return BadgeContent::kNothing;
  if (visibility.visible_to == VisibleTo::kTenant) return BadgeContent::kState;
  return visibility.others_see == OthersSee::kHidden ? BadgeContent::kNothing : BadgeContent::kAppearsOffline;
}

}  // namespace porchlight::presence
