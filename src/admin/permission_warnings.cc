#include "admin/permission_warnings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "identity/claims.h"

namespace porchlight::admin {
namespace {

std::string unknown(const std::string& name) {
  return fmt::format(
      "\"{}\" is not a permission of this server, and grants nothing; docs/permissions.md lists them", name);
}

// The first parts of names of which this server knows all.
constexpr std::string_view kOwnFamilies[] = {"Presence.", "Porchlight."};

}  // namespace

bool is_misspelt_permission(const std::string& name) {
  if (identity::is_delegated_permission(name) || identity::is_application_permission(name)) return false;
  return std::ranges::any_of(kOwnFamilies, [&](std::string_view family) {
    return equals_ignore_case(std::string_view(name).substr(0, family.size()), family);
  });
}

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
