// Administrative commands on administrators: users who may call the administration API for their tenant.
#include "admin/commands.h"

namespace porchlight::admin {

AdminResult grant_administrator(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  if (auto made = write(node, {{tenant.id, user.id, directory::AdministratorSet{true}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, user);
}

AdminResult revoke_administrator(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  if (!node.view().is_administrator(tenant.id, user.id))
    return std::unexpected(
        not_found("user \"" + user.upn + "\" does not administer tenant \"" + tenant.name + "\""));
  if (auto made = write(node, {{tenant.id, user.id, directory::AdministratorSet{false}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, user);
}

AdminResult list_administrators(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  std::vector<directory::User> users;
  for (const Guid& id : node.view().administrators(tenant->id)) {
    if (auto user = node.view().find_user({tenant->id, id})) users.push_back(*std::move(user));
  }
  return json_list(users, [&](const directory::User& user) { return to_json(*tenant, user); });
}

}  // namespace porchlight::admin
