// The user that a request is about, and whether the caller has the permission (spec presence §10, steps 6 to 8).
#pragma once

#include <optional>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// The user that the route's {id} or /me names, in the caller's tenant. A GUID is returned whether or not the user
// exists; a userPrincipalName only if one does. Returns nullopt for anything else.
std::optional<Guid> target_user(const HandlerContext& context, const Call& call);

// The error for a target that does not exist: 400 if the route takes GUIDs only and the id is not one, else 404 (spec
// presence §10 P11).
Error user_not_found(const Call& call);

// Checks the access of the call's route for `user`; nullopt is a user who does not exist, or no user in particular.
// The permission first (403), then whether a delegated write is for the caller (401; spec presence §10, steps 6 and 7).
Result<void> authorize(const Call& call, const std::optional<Guid>& user);
// The same for any access and caller.
Result<void> authorize(const Access& access, const identity::Caller& caller, const std::optional<Guid>& user);

}  // namespace porchlight::graph
