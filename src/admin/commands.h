// The administrative commands, one function each, and what they share: arguments, names to things, writing.
// Each gives its result as JSON, or a sentence that says why not. The caller serialises those that change.
#pragma once

#include <simdjson.h>

#include <expected>
#include <string>
#include <vector>

#include "node/node.h"

namespace porchlight::admin {

using AdminResult = std::expected<std::string, std::string>;

// The members of a command. A member of a wrong type counts as absent and is remembered as the fault.
class Args {
 public:
  explicit Args(simdjson::dom::object members) : members_(members) {}
  std::optional<std::string> text(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  std::optional<std::uint64_t> number(std::string_view name);
  std::optional<bool> choice(std::string_view name);
  bool flag(std::string_view name) { return choice(name).value_or(false); }
  std::optional<simdjson::dom::array> array(std::string_view name);
  // The first wrong type, as a sentence; empty where there was none.
  const std::string& fault() const { return fault_; }

 private:
  simdjson::simdjson_result<simdjson::dom::element> find(std::string_view name);
  void wrong(std::string_view name, std::string_view wanted);
  simdjson::dom::object members_;
  std::string fault_;
};

// The tenant that member `tenant` names by id or name; without it, the only one there is.
std::expected<directory::Tenant, std::string> find_tenant(const node::Node& node, Args& args);
// The tenant of that id or name.
std::expected<directory::Tenant, std::string> find_tenant(const node::Node& node, const std::string& which);
// A person of the tenant by id or userPrincipalName; an application or a group by id or name.
std::expected<directory::User, std::string> find_user(const node::Node& node, const directory::Tenant& tenant,
                                                      const std::string& who);
std::expected<directory::App, std::string> find_app(const node::Node& node, const directory::Tenant& tenant,
                                                    const std::string& which);
std::expected<directory::Group, std::string> find_group(const node::Node& node,
                                                        const directory::Tenant& tenant,
                                                        const std::string& which);
// The tenant, and what member `user` or `app` names in it.
std::expected<std::pair<directory::Tenant, directory::User>, std::string> tenant_and_user(node::Node& node,
                                                                                          Args& args);
std::expected<std::pair<directory::Tenant, directory::App>, std::string> tenant_and_app(node::Node& node,
                                                                                        Args& args);
// Removes what they sign in with, and what an identity provider said of them: before they go, so that whoever
// gets the id one day begins with nothing.
std::expected<void, std::string> forget_user(node::Node& node, const Guid& tenant, const Guid& user);
// The same of all that is kept of a tenant's people and groups beside the directory.
std::expected<void, std::string> forget_scim(node::Node& node, const Guid& tenant);
std::expected<void, std::string> forget_app(node::Node& node, const Guid& tenant, const Guid& app);
// The id given as member `id`, or a new one.
std::expected<Guid, std::string> id_or_new(Args& args);
// Name and id of something to add, checked.
struct IdAndName {
  Guid id;
  std::string name;
};
std::expected<IdAndName, std::string> read_id_and_name(Args& args);
// Makes the changes durable and visible, or says why not.
std::expected<void, std::string> write(node::Node& node, std::vector<state::DirectoryCommand> commands);

std::string to_json(const directory::Tenant& tenant);
std::string to_json(const directory::Tenant& tenant, const directory::User& user);
std::string to_json(const directory::Tenant& tenant, const directory::App& app);
// How many members it has, not who they are: there may be thousands.
std::string to_json(const directory::Tenant& tenant, const directory::Group& group);

// What `write_one` makes of each, as a JSON array.
template <typename Things, typename Write>
std::string json_list(const Things& things, Write write_one) {
  std::string out = "[";
  for (const auto& thing : things) {
    if (out.size() > 1) out += ',';
    out += write_one(thing);
  }
  return out += ']';
}

// name, id? -> the tenant
AdminResult add_tenant(node::Node& node, Args& args);
// -> [tenant]
AdminResult list_tenants(node::Node& node, Args& args);
// tenant? -> the tenant
AdminResult show_tenant(node::Node& node, Args& args);
// tenant?, zone?, history?, trust? and untrust? (ids or names of tenants) -> the tenant
AdminResult set_tenant(node::Node& node, Args& args);
// tenant? -> {"tenant","token"}; the token of before is good no more, and this one is never shown again
AdminResult make_scim_token(node::Node& node, Args& args);
// tenant? -> the tenant
AdminResult revoke_scim_token(node::Node& node, Args& args);
// tenant -> the tenant that was; refused while it has people, applications or groups
AdminResult remove_tenant(node::Node& node, Args& args);

// tenant?, upn, name, id? -> the user
AdminResult add_user(node::Node& node, Args& args);
// tenant?, after? (an id), limit? -> {"value":[user],"next":id where there are more}
AdminResult list_users(node::Node& node, Args& args);
// tenant?, user -> the user
AdminResult show_user(node::Node& node, Args& args);
// tenant?, user -> the user that was, who is in no group any more
AdminResult remove_user(node::Node& node, Args& args);
// tenant?, rows: [[line, id, upn, name]] -> {"added","updated","unchanged"}; all rows or none
AdminResult import_users(node::Node& node, Args& args);

// tenant?, name, id?, client?, priority?, scopes?, roles? -> the application
AdminResult add_app(node::Node& node, Args& args);
// tenant? -> [application]
AdminResult list_apps(node::Node& node, Args& args);
// tenant?, app -> the application
AdminResult show_app(node::Node& node, Args& args);
// tenant?, app -> the application that was
AdminResult remove_app(node::Node& node, Args& args);

// How applications and people sign in. A registration is {"appId","displayName","public","redirectUris",
// "requested","exposed","secrets":[{"id","hint","expires"}],"certificates":[{"thumbprint","expires"}]}.

// tenant?, app -> the registration
AdminResult show_registration(node::Node& node, Args& args);
// tenant?, app, public?, redirects?, requested?, exposed? (each list in the old one's stead) -> the
// registration
AdminResult set_registration(node::Node& node, Args& args);
// tenant?, app, expires_ms? -> {"secret","id","hint","expires"}; the secret is never shown again
AdminResult add_secret(node::Node& node, Args& args);
// tenant?, app, secret (its id) -> the registration
AdminResult remove_secret(node::Node& node, Args& args);
// tenant?, app, certificate (PEM) -> the registration
AdminResult add_certificate(node::Node& node, Args& args);
// tenant?, app, certificate (its thumbprint) -> the registration
AdminResult remove_certificate(node::Node& node, Args& args);
// tenant?, user, password -> the user
AdminResult set_password(node::Node& node, Args& args);

// tenant?, name, id?, users? (ids or userPrincipalNames) -> the group
AdminResult add_group(node::Node& node, Args& args);
// tenant? -> [group]
AdminResult list_groups(node::Node& node, Args& args);
// tenant?, group -> the group, with "members":[user]
AdminResult show_group(node::Node& node, Args& args);
// tenant?, group -> the group that was
AdminResult remove_group(node::Node& node, Args& args);
// tenant?, group, users -> the group; who is in it already, stays in it
AdminResult add_members(node::Node& node, Args& args);
// tenant?, group, users -> the group; all users, or none
AdminResult remove_members(node::Node& node, Args& args);

// tenant?, app, user?, scopes?, roles?, expires_ms? -> {"token"}
AdminResult mint_token(node::Node& node, Args& args);

// from? ("shard:seq") or cursor? (of the page before), limit? -> {"lines":[text],"cursor" where there are
// more}
AdminResult page_log(node::Node& node, Args& args);

}  // namespace porchlight::admin
