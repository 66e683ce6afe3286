// The applications of the web interface: ordinary public applications of the tenants that use it. Their ids are the
// same in every tenant, so that the pages know them. An administrator may change them.
#pragma once

#include <span>
#include <string_view>

#include "admin/commands.h"
#include "base/guid.h"

namespace porchlight::admin {

enum class WebApplication : std::uint8_t { kBoard, kConsole, kWall };

// The client id.
Guid id_of(WebApplication application);
// The delegated permissions that it is granted for all users.
std::vector<std::string> scopes_of(WebApplication application);

// Adds them to a tenant, which exists, and registers how they sign in; replaces those that exist.
Checked<void> add_web_applications(node::Node& node, const Guid& tenant);
// Removes them from the tenant.
Checked<void> remove_web_applications(node::Node& node, const Guid& tenant);

}  // namespace porchlight::admin
