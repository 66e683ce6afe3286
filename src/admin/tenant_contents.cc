// What a tenant has, and its removal in steps: a tenant may have more users than one command should remove.
#include "admin/commands.h"

namespace porchlight::admin {
namespace {

// Users, applications and groups that one command removes.
constexpr std::size_t kRemovalsPerCommand = 1000;

std::string contents_of(const node::Node& node, const Guid& tenant) {
  return json_object([&](JsonObject& out) {
    out.number("users", node.view().count_users(tenant))
        .number("applications", node.view().apps(tenant).size());
    out.number("groups", node.view().groups(tenant).size());
  });
}

// The tenant that the command names. Without a name it is an error: the only tenant is not to be removed by accident.
Checked<directory::Tenant> named_tenant(const node::Node& node, CommandArgs& args) {
  if (!args.text("tenant")) return std::unexpected("say which tenant");
  return find_tenant(node, args);
}

using Removals = std::vector<state::DirectoryCommand>;

// Forgets users from the first on, and plans their removal. Groups are gone by then, so no group has them.
Checked<void> plan_users(node::Node& node, const Guid& tenant, Removals& removals) {
  for (const Guid& user :
       node.view().list_users(tenant, std::nullopt, kRemovalsPerCommand - removals.size())) {
    if (auto forgot = forget_user(node, tenant, user); !forgot) return forgot;
    removals.push_back({tenant, user, directory::UserRemoved{}});
  }
  return {};
}

}  // namespace

AdminResult show_contents(node::Node& node, CommandArgs& args) {
  const auto tenant = named_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return contents_of(node, tenant->id);
}

AdminResult empty_tenant(node::Node& node, CommandArgs& args) {
  const auto tenant = named_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  // Once for all of them: each revocation is a synced write.
  if (auto revoked = node.revoke(tenant->id, identity::kWholeTenant); !revoked)
    return std::unexpected(unavailable(revoked.error()));
  Removals removals;
  for (const state::GroupName& group : node.view().list_groups(tenant->id, std::nullopt, kRemovalsPerCommand))
    removals.push_back({tenant->id, group.id, directory::GroupRemoved{}});
  for (const directory::App& app : node.view().apps(tenant->id)) {
    if (removals.size() == kRemovalsPerCommand) break;
    if (auto forgot = forget_app(node, tenant->id, app.id); !forgot) return std::unexpected(forgot.error());
    removals.push_back({tenant->id, app.id, directory::AppRemoved{}});
  }
  if (auto planned = plan_users(node, tenant->id, removals); !planned)
    return std::unexpected(planned.error());
  if (!removals.empty()) {
    if (auto made = write(node, std::move(removals)); !made) return std::unexpected(made.error());
  }
  return contents_of(node, tenant->id);
}

AdminResult remove_tenant(node::Node& node, CommandArgs& args) {
  const auto tenant = named_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto users = node.view().count_users(tenant->id);
  const auto apps = node.view().apps(tenant->id).size();
  const auto groups = node.view().groups(tenant->id).size();
  if (users + apps + groups > 0)
    return std::unexpected("tenant \"" + tenant->name + "\" still has " + std::to_string(users) + " users, " +
                           std::to_string(apps) + " applications and " + std::to_string(groups) +
                           " groups; remove them first");
  if (auto revoked = node.revoke(tenant->id, identity::kWholeTenant); !revoked)
    return std::unexpected(unavailable(revoked.error()));
  if (auto forgot = forget_scim(node, tenant->id); !forgot) return std::unexpected(forgot.error());
  if (auto made = write(node, {{tenant->id, Guid{}, directory::TenantRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(node, *tenant);
}

}  // namespace porchlight::admin
