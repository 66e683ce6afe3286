// Whether a caller may still act after its token was verified.
#pragma once

#include <vector>

#include "graph/call/services.h"

namespace porchlight::graph {

// Whether the directory has what the token is for: the tenant, and the user if the token names the user by
// userPrincipalName only, whose id the caller then receives. A token of this server's own also needs its application,
// and its user if it is delegated: another issuer may know applications and users that are not provisioned here.
//
// If so, sets `directory_epoch`: while it is that of the view, the answer stays true.
bool is_still_valid(const state::View& view, identity::Caller& caller);

// Adds the keys under which a watcher notices that its caller is removed: the application and the user. The removal of
// a tenant reaches all keys.
void append_caller_keys(std::vector<state::UserKey>& keys, const identity::Caller& caller);

}  // namespace porchlight::graph
