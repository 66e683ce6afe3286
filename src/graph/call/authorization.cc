// Which of the three permission sets of an Access applies: an application's, a user's for themselves, or a user's for
// others.
#include "graph/call/authorization.h"

#include <fmt/format.h>

namespace porchlight::graph {

std::optional<Guid> target_user(const HandlerContext& context, const Call& call) {
  if (call.match.route->target == RouteTarget::kMe) return call.caller->user;
  if (call.match.guid) return call.match.guid;
  if (call.match.route->target == RouteTarget::kGuid) return std::nullopt;
  return context.services.view.find_user_by_upn(call.caller->tenant, call.match.id);
}

Error user_not_found(const Call& call) {
  if (call.match.route->target == RouteTarget::kGuid && !call.match.guid) {
    return invalid_argument("id", fmt::format("The id '{}' is not a GUID.", call.match.id));
  }
  if (call.match.route->target == RouteTarget::kMe) return resource_not_found(to_string(*call.caller->user));
  return resource_not_found(call.match.id);
}

Result<void> authorize(const Call& call, const std::optional<Guid>& user) {
  return authorize(*call.match.route->access, *call.caller, user);
}

Result<void> authorize(const Access& access, const identity::Caller& caller,
                       const std::optional<Guid>& user) {
  const bool self = caller.delegated() && user == caller.user;
  const auto accepted = !caller.delegated() ? access.app : self ? access.self : access.others;
  if ((caller.permissions & accepted) == 0) {
    if (access.of_directory) return std::unexpected(insufficient_privileges());
    // If only applications or only users may call the route, the message names the permissions of the other kind.
    const auto named = accepted != 0                           ? accepted
                       : caller.delegated() && access.app != 0 ? access.app
                                                               : access.self;
    return std::unexpected(permission_missing(permission_names(named), caller.granted));
  }
  if (caller.delegated() && !self && access.others_unauthorized)
    return std::unexpected(other_user_write_denied());
  return {};
}

}  // namespace porchlight::graph
