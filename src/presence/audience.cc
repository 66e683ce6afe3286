#include "presence/audience.h"

#include <algorithm>

namespace porchlight::presence {
namespace {

bool names(const std::vector<Guid>& list, const Guid& id) {
  return std::binary_search(list.begin(), list.end(), id);
}

}  // namespace

bool may_see(const Audience& audience, const Guid& subject, const Viewer& viewer) {
  if (viewer.user == subject) return true;
  switch (audience.admitted) {
    case Admitted::kTenant:
      return true;
    case Admitted::kNobody:
      return false;
    case Admitted::kNamed:
      break;
  }
  // An application counts as itself only when nobody acts through it.
  if (names(audience.members, viewer.user.value_or(viewer.app))) return true;
  return viewer.user && std::any_of(viewer.groups.begin(), viewer.groups.end(),
                                    [&](const Guid& group) { return names(audience.groups, group); });
}

}  // namespace porchlight::presence
