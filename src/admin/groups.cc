// Administrative commands on groups.
#include <algorithm>
#include <iterator>

#include "admin/commands.h"
#include "base/sorted.h"

namespace porchlight::admin {
namespace {

// The tenant, and the group that member `group` names in it.
struct TenantAndGroup {
  directory::Tenant tenant;
  directory::Group group;
};
Checked<TenantAndGroup> tenant_and_group(node::Node& node, CommandArgs& args) {
  auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto which = args.text("group");
  if (!which) return std::unexpected("say which group");
  auto group = find_group(node, *tenant, *which);
  if (!group) return std::unexpected(group.error());
  return TenantAndGroup{*std::move(tenant), *std::move(group)};
}

// The ids of the users that member `users` names, sorted and without duplicates; empty if it is absent.
Checked<std::vector<Guid>> read_users(const node::Node& node, const directory::Tenant& tenant,
                                      CommandArgs& args) {
  const auto named = args.texts("users").value_or(std::vector<std::string>{});
  if (!args.fault().empty()) return std::unexpected(args.fault());
  std::vector<Guid> ids;
  for (const std::string& who : named) {
    const auto user = find_user(node, tenant, who);
    if (!user) return std::unexpected(user.error());
    ids.push_back(user->id);
  }
  sort_unique(ids);
  return ids;
}

// Writes the whole group and returns its JSON.
AdminResult put(node::Node& node, const directory::Tenant& tenant, const directory::Group& group) {
  if (group.members.size() > directory::kGroupMembersMax)
    return std::unexpected("a group has at most " + std::to_string(directory::kGroupMembersMax) +
                           " members; \"" + group.name + "\" would have " +
                           std::to_string(group.members.size()));
  if (auto made = write(node, {{tenant.id, group.id, directory::GroupPut{group.name, group.members}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, group);
}

}  // namespace

AdminResult add_group(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto id_and_name = read_id_and_name(args);
  if (!id_and_name) return std::unexpected(id_and_name.error());
  auto members = read_users(node, *tenant, args);
  if (!members) return std::unexpected(members.error());
  if (node.view().find_group(tenant->id, id_and_name->id))
    return std::unexpected(exists("there is a group " + to_string(id_and_name->id) + " already"));
  return put(node, *tenant, {id_and_name->id, id_and_name->name, *std::move(members)});
}

AdminResult list_groups(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return json_list(node.view().groups(tenant->id),
                   [&](const directory::Group& group) { return to_json(*tenant, group); });
}

AdminResult show_group(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_group(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, group] = *both;
  std::vector<directory::User> members;
  for (const Guid& id : group.members) {
    if (auto user = node.view().find_user({tenant.id, id})) members.push_back(*std::move(user));
  }
  return json_object([&](JsonObject& out) {
    write_group(out, tenant, group);
    out.array("members", members,
              [&](JsonArray& list, const directory::User& user) { list.json(to_json(tenant, user)); });
  });
}

AdminResult remove_group(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_group(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, group] = *both;
  if (auto made = write(node, {{tenant.id, group.id, directory::GroupRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, group);
}

AdminResult add_members(node::Node& node, CommandArgs& args) {
  auto both = tenant_and_group(node, args);
  if (!both) return std::unexpected(both.error());
  auto& [tenant, group] = *both;
  const auto users = read_users(node, tenant, args);
  if (!users) return std::unexpected(users.error());
  if (users->empty()) return std::unexpected("say which users");
  std::vector<Guid> members;
  std::ranges::set_union(group.members, *users, std::back_inserter(members));
  group.members = std::move(members);
  return put(node, tenant, group);
}

AdminResult remove_members(node::Node& node, CommandArgs& args) {
  auto both = tenant_and_group(node, args);
  if (!both) return std::unexpected(both.error());
  auto& [tenant, group] = *both;
  const auto users = read_users(node, tenant, args);
  if (!users) return std::unexpected(users.error());
  if (users->empty()) return std::unexpected("say which users");
  for (const Guid& user : *users) {
    if (std::erase(group.members, user) == 0)
      return std::unexpected(
          not_found("user " + to_string(user) + " is not in group \"" + group.name + "\""));
  }
  return put(node, tenant, group);
}

}  // namespace porchlight::admin
