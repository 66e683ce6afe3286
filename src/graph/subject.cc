#include "graph/subject.h"

#include <fmt/format.h>

namespace porchlight::graph {

std::optional<Guid> named_user(const Tools& tools, const Call& call) {
  if (call.match.route->target == Target::kMe) return call.caller->user;
  if (const auto guid = parse_guid(call.match.id)) return guid;
  if (call.match.route->target == Target::kGuid) return std::nullopt;
  return tools.shared.view.find_user_by_upn(call.caller->tenant, call.match.id);
}

Error nobody(const Call& call) {
  if (call.match.route->target == Target::kGuid && !parse_guid(call.match.id)) {
    return invalid_argument("id", fmt::format("The id '{}' is not a GUID.", call.match.id));
  }
  if (call.match.route->target == Target::kMe) return user_unknown(to_string(*call.caller->user));
  return user_unknown(call.match.id);
}

Result<void> authorize(const Call& call, const std::optional<Guid>& user) {
  return authorize(*call.match.route->access, *call.caller, user);
}

Result<void> authorize(const Access& access, const identity::Caller& caller,
                       const std::optional<Guid>& user) {
  const bool self = caller.delegated() && user == caller.user;
  const auto accepted = !caller.delegated() ? access.app : self ? access.self : access.others;
  if ((caller.permissions & accepted) == 0) {
    if (access.of_directory) return std::unexpected(privileges_missing());
    const auto named = accepted != 0 ? accepted  // a route that only applications, or only people, may use
                       : caller.delegated() && access.app != 0 ? access.app
                                                               : access.self;
    return std::unexpected(permission_missing(permission_names(named), caller.granted));
  }
  if (caller.delegated() && !self && access.others_unauthorized) return std::unexpected(another_user());
  return {};
}

}  // namespace porchlight::graph
