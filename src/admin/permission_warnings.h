// Names of permissions that are granted and mean nothing, or that cannot be granted.
#pragma once

#include <string>
#include <vector>

namespace porchlight::admin {

// Returns true for a name that begins with "Presence." or "Porchlight.", all of which this server knows, and is not one
// of them: a misprint, because no other service reads such a name in a token.
bool is_misspelt_permission(const std::string& name);

// A sentence for each scope that is no delegated permission, and for each role that is no application permission, of
// this server. They are granted all the same: other services may read them in tokens.
std::vector<std::string> permission_warnings(const std::vector<std::string>& scopes,
                                             const std::vector<std::string>& roles);

}  // namespace porchlight::admin
