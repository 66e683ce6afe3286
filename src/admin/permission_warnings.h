// Warnings about permissions that are granted and mean nothing.
#pragma once

#include <string>
#include <vector>

namespace porchlight::admin {

// A sentence for each scope that is no delegated permission, and for each role that is no application permission, of
// this server. They are granted all the same: other services may read them in tokens.
std::vector<std::string> permission_warnings(const std::vector<std::string>& scopes,
                                             const std::vector<std::string>& roles);

}  // namespace porchlight::admin
