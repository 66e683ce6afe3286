// Administrative commands on the bearer tokens of identity providers that use SCIM.
#include <fmt/format.h>

#include "admin/commands.h"

namespace porchlight::admin {
namespace {

constexpr const char* kScimStoreFault = "the token cannot be kept now; is the disk full?";

}  // namespace

Checked<void> forget_scim(node::Node& node, const Guid& tenant) {
  if (!node.has_scim()) return {};
  const auto scim = node.scim();
  if (!scim) return std::unexpected(unavailable(scim.error()));
  if (!(*scim)->forget_tenant(tenant))
    return std::unexpected(unavailable("what is kept of the tenant cannot be removed now"));
  return {};
}

AdminResult make_scim_token(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto scim = node.scim();
  if (!scim) return std::unexpected(unavailable(scim.error()));
  const auto token = (*scim)->tokens().make(tenant->id);
  if (!token) return std::unexpected(unavailable(kScimStoreFault));
  return json_object(
      [&](JsonObject& out) { out.text("tenant", to_string(tenant->id)).text("token", *token); });
}

AdminResult revoke_scim_token(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto scim = node.has_scim() ? node.scim() : nullptr;
  if (!scim) return std::unexpected(unavailable(scim.error()));
  const auto revoked = *scim ? (*scim)->tokens().revoke(tenant->id) : false;
  if (!revoked) return std::unexpected(unavailable(kScimStoreFault));
  if (!*revoked)
    return std::unexpected(not_found(fmt::format("tenant \"{}\" has no token for SCIM", tenant->name)));
  return to_json(node, *tenant);
}

}  // namespace porchlight::admin
