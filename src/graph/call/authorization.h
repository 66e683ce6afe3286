// Whom a request speaks of, and whether its caller may.
#pragma once

#include <optional>

#include "graph/call/handlers.h"
#include "state/user_key.h"

namespace porchlight::graph {

// The person that the route's {id} (or /me) names in the caller's tenant: by GUID whether or not there is
// such a person, by userPrincipalName where there is. Nothing where nobody can be named so.
std::optional<Guid> target_user(const HandlerContext& context, const Call& call);

// Whether the user exists.
bool user_exists(const HandlerContext& context, const state::UserKey& key);

// Why nobody was found: the id is none, or nobody has it (spec presence §10 P11).
Error user_not_found(const Call& call);

// Whether the caller may do this to `user` (nothing: somebody who does not exist, or nobody in particular):
// the permission first, then whether a delegated writer means oneself (spec presence §10, steps 6 and 7).
Result<void> authorize(const Call& call, const std::optional<Guid>& user);
// The same by the access of some route.
Result<void> authorize(const Access& access, const identity::Caller& caller, const std::optional<Guid>& user);

}  // namespace porchlight::graph
