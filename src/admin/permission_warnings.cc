#include "admin/permission_warnings.h"

#include <fmt/format.h>

#include "identity/claims.h"

namespace porchlight::admin {
namespace {

std::string unknown(const std::string& name) {
  return fmt::format(
      "\"{}\" is not a permission of this server, and grants nothing; docs/permissions.md lists them", name);
}

}  // namespace

std::vector<std::string> permission_warnings(const std::vector<std::string>& scopes,
                                             const std::vector<std::string>& roles) {
  std::vector<std::string> warnings;
  for (const std::string& scope : scopes) {
    if (identity::is_delegated_permission(scope)) continue;
    warnings.push_back(
        identity::is_application_permission(scope)
            ? fmt::format("\"{}\" is an application permission, and grants nothing as a scope; "
                          "grant it as a role",
                          scope)
            : unknown(scope));
  }
  for (const std::string& role : roles) {
    if (identity::is_application_permission(role)) continue;
    warnings.push_back(
        identity::is_delegated_permission(role)
            ? fmt::format("\"{}\" is a delegated permission, and grants nothing as a role; grant it "
                          "as a scope",
                          role)
            : unknown(role));
  }
  return warnings;
}

}  // namespace porchlight::admin
