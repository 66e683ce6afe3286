// Whether a caller may still act after its token was verified.
#pragma once

#include <vector>

#include "graph/call/services.h"

namespace porchlight::graph {

// Whether the token was not revoked and the directory has what it is for: the tenant, and the user if the token names
// the user by userPrincipalName only, whose id the caller then receives. A token of this server's own also needs its
// application, and its user if it is delegated: another issuer may know applications and users that are not
// provisioned here.
//
// Costs two atomic reads until the next removal or revocation: `validity_epoch` remembers the answer.
bool is_still_valid(const Services& services, identity::Caller& caller);

// Adds the keys under which a watcher notices that its caller is removed or its token revoked: the application and the
// user. The removal of a tenant reaches all keys.
void append_caller_keys(std::vector<state::UserKey>& keys, const identity::Caller& caller);

}  // namespace porchlight::graph
