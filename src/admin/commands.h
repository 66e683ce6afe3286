// The administrative commands, one function each, and what they share: reading arguments, finding things by id or name,
// writing. A command returns its result as JSON, or a sentence for the operator that says what was wrong. The caller
// holds the directory's mutex for commands that write.
#pragma once

#include <simdjson.h>

#include <expected>
#include <initializer_list>
#include <string>
#include <vector>

#include "admin/admin.h"
#include "base/json_writer.h"
#include "node/node.h"

namespace porchlight::admin {

// Errors of these kinds.
AdminError unavailable(std::string text);
AdminError forbidden(std::string text);
AdminError exists(std::string text);
AdminError not_found(std::string text);

// The members of a command. A member of a wrong type reads as absent and is kept as the fault, so a command reads all
// its members first and then checks fault().
class CommandArgs {
 public:
  // `only_tenant`: the one that the caller may know of; nullopt: all. `app`: that of the caller's token; nil for none.
  CommandArgs(simdjson::dom::object members, std::optional<Guid> only_tenant, const Guid& app)
      : scope(only_tenant), by(app), members_(members) {}
  std::optional<std::string> text(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  std::optional<std::uint64_t> number(std::string_view name);
  std::optional<bool> choice(std::string_view name);
  bool flag(std::string_view name) { return choice(name).value_or(false); }
  std::optional<simdjson::dom::array> array(std::string_view name);
  // Whether one of the members is present and not null, of whatever type.
  bool has_any(std::initializer_list<std::string_view> names);
  // What was wrong with the first member of a wrong type, as a sentence; empty if all types were right.
  const std::string& fault() const { return fault_; }

  // The names of all members but those that say what the command is about.
  std::vector<std::string> names() const;

  const std::optional<Guid> scope;
  const Guid by;
  std::optional<Guid>
      target;  // what the command turned out to be about, for the audit log, if no member says so

 private:
  simdjson::simdjson_result<simdjson::dom::element> find(std::string_view name);
  void wrong(std::string_view name, std::string_view wanted);
  simdjson::dom::object members_;
  std::string fault_;
};

// The tenants that the caller may know of.
std::vector<directory::Tenant> tenants_of(const node::Node& node, const CommandArgs& args);
// The tenant among them that member `tenant` names by id or name. Without that member: the only one, or an error.
Checked<directory::Tenant> find_tenant(const node::Node& node, CommandArgs& args);
// The same, but nullopt, which means all tenants, without that member if the caller may know of all.
Checked<std::optional<directory::Tenant>> find_tenant_or_all(const node::Node& node, CommandArgs& args);
// The tenant with that id or name.
Checked<directory::Tenant> find_tenant(const node::Node& node, const std::string& which);
// A user of the tenant by id or userPrincipalName; an application or a group by id or name.
Checked<directory::User> find_user(const node::Node& node, const directory::Tenant& tenant,
                                   const std::string& who);
Checked<directory::App> find_app(const node::Node& node, const directory::Tenant& tenant,
                                 const std::string& which);
Checked<directory::Group> find_group(const node::Node& node, const directory::Tenant& tenant,
                                     const std::string& which);
// The tenant, and the user or application that member `user` or `app` names in it.
Checked<std::pair<directory::Tenant, directory::User>> tenant_and_user(node::Node& node, CommandArgs& args);
Checked<std::pair<directory::Tenant, directory::App>> tenant_and_app(node::Node& node, CommandArgs& args);
// Deletes the credentials of a user and what an identity provider stored about the user. Called when the user's tokens
// were revoked, before the user is removed: one that is later added with the same id must not inherit any of it.
Checked<void> forget_user(node::Node& node, const Guid& tenant, const Guid& user);
// Deletes what identity providers stored about a tenant's users and groups, and its SCIM token.
Checked<void> forget_scim(node::Node& node, const Guid& tenant);
// Deletes the registration and the credentials of an application. Called as forget_user().
Checked<void> forget_app(node::Node& node, const Guid& tenant, const Guid& app);
// The time as results have it.
std::string date_time_text(Time time);
// The GUID in member `id`, or a new random one if it is absent.
Checked<Guid> id_or_new(CommandArgs& args);
// The checked id and name of something to add.
struct IdAndName {
  Guid id;
  std::string name;
};
// Reads members `id` and `name`.
Checked<IdAndName> read_id_and_name(CommandArgs& args);
// Why a write failed, as a sentence for the operator.
std::string write_error_text(const state::Outcome& outcome);
// Writes the changes and waits until they are durable and visible. Not for the log's thread.
Checked<void> write(node::Node& node, std::vector<state::DirectoryCommand> commands);

// The JSON of a tenant, user, application or group in results.
std::string to_json(const node::Node& node, const directory::Tenant& tenant);
std::string to_json(const directory::Tenant& tenant, const directory::User& user);
std::string to_json(const directory::Tenant& tenant, const directory::App& app);
// With the number of members instead of the members: there may be thousands.
std::string to_json(const directory::Tenant& tenant, const directory::Group& group);

// The members of an application's and of a group's JSON, for results that add members of their own.
void write_app(JsonObject& out, const directory::Tenant& tenant, const directory::App& app);
void write_group(JsonObject& out, const directory::Tenant& tenant, const directory::Group& group);

// A JSON array of what `to_item` returns for each value, which is JSON already.
template <typename Values, typename ToItem>
std::string json_list(const Values& values, ToItem to_item) {
  std::string out;
  {
    JsonArray array(out);
    for (const auto& value : values) array.json(to_item(value));
  }
  return out;
}

// The commands. Before the arrow: the members of the command, `?` where one is optional. After it: the result.

// The member `expires_ms`, or `otherwise` if it is absent. An error if it is above `longest`, which has whole days.
Checked<Duration> read_life(CommandArgs& args, Duration otherwise, std::chrono::days longest);

// name, id?, allow_duplicate_name? -> the tenant; an error if another tenant has the name and that is not allowed
AdminResult add_tenant(node::Node& node, CommandArgs& args);
// -> [tenant]
AdminResult list_tenants(node::Node& node, CommandArgs& args);
// tenant? -> the tenant
AdminResult show_tenant(node::Node& node, CommandArgs& args);
// tenant?, zone?, history?, operator?, trust? and untrust? (ids or names of tenants) -> the tenant; an error if another
// tenant is the operator's
AdminResult set_tenant(node::Node& node, CommandArgs& args);
// tenant? -> {"tenant","token"}; replaces the tenant's earlier token, which stops working; never shown again
AdminResult make_scim_token(node::Node& node, CommandArgs& args);
// tenant? -> the tenant
AdminResult revoke_scim_token(node::Node& node, CommandArgs& args);
// tenant -> the removed tenant; an error while it has users, applications or groups
AdminResult remove_tenant(node::Node& node, CommandArgs& args);
// tenant -> {"users","applications","groups"}, their numbers
AdminResult show_contents(node::Node& node, CommandArgs& args);
// tenant -> what it still has, as tenant.contents; removes a part of its groups, applications and users, in this order
AdminResult empty_tenant(node::Node& node, CommandArgs& args);

// tenant?, user -> the user, who administers the tenant from now on
AdminResult grant_administrator(node::Node& node, CommandArgs& args);
// tenant?, user -> the user; an error if the user does not administer the tenant
AdminResult revoke_administrator(node::Node& node, CommandArgs& args);
// tenant? -> [user], those who administer the tenant
AdminResult list_administrators(node::Node& node, CommandArgs& args);

// The presence of a user, set for the user. Lives are in ms; without one the default of what is set applies.

// tenant?, user, availability, activity, expires_ms? -> the user
AdminResult set_preferred_presence(node::Node& node, CommandArgs& args);
// tenant?, user -> the user
AdminResult clear_preferred_presence(node::Node& node, CommandArgs& args);
// tenant?, user, message, expires_ms? -> the user
AdminResult set_status_message(node::Node& node, CommandArgs& args);
// tenant?, user -> the user
AdminResult clear_status_message(node::Node& node, CommandArgs& args);
// tenant?, user -> [{"id","applicationId","availability","activity","expires"}], the sessions that have not expired. If
// the sessionId is no GUID, the id is that of its hash (graph/wire/action_body.h)
AdminResult list_user_sessions(node::Node& node, CommandArgs& args);
// tenant?, user, session (a sessionId, or an id of that list), app, availability, activity, expires_ms? -> the user
AdminResult set_user_session(node::Node& node, CommandArgs& args);
// tenant?, user, session, app -> the user
AdminResult clear_user_session(node::Node& node, CommandArgs& args);
// tenant?, user -> the user, whose open streams end; clients may open them again
AdminResult end_user_streams(node::Node& node, CommandArgs& args);

// tenant?, from?, to? (times), actor?, target? (ids), before?, limit? -> {"value":[entry],"next"}, newest first;
// without "next" after the last page. Without a tenant those of all tenants
AdminResult page_audit(node::Node& node, CommandArgs& args);

// tenant?, upn, name, id? -> the user
AdminResult add_user(node::Node& node, CommandArgs& args);
// tenant?, after? (an id), limit? -> {"value":[user],"next":id}; without "next" if it is the last page
AdminResult list_users(node::Node& node, CommandArgs& args);
// tenant?, user -> the user
AdminResult show_user(node::Node& node, CommandArgs& args);
// tenant?, user, upn?, name? -> the user
AdminResult set_user(node::Node& node, CommandArgs& args);
// tenant?, user -> the removed user, who is also removed from every group
AdminResult remove_user(node::Node& node, CommandArgs& args);
// tenant?, rows: [[line, id, upn, name]], check? -> {"added","updated","unchanged","faults":[{"line","error"}]}. Rows
// with a fault are left out; the others are written at once, or only counted if `check` is true.
AdminResult import_users(node::Node& node, CommandArgs& args);

// tenant?, name, id?, client?, priority?, scopes?, roles? -> the application, with "warnings":[text] if a permission is
// not one of this server; an error for a misspelt one (permission_warnings.h)
AdminResult add_app(node::Node& node, CommandArgs& args);
// tenant? -> [application]
AdminResult list_apps(node::Node& node, CommandArgs& args);
// tenant?, app -> the application
AdminResult show_app(node::Node& node, CommandArgs& args);
// tenant?, app, name?, client?, priority?, scopes?, roles? (each list replaces the old one) -> the application, with
// "warnings" as app.add
AdminResult set_app(node::Node& node, CommandArgs& args);
// tenant?, app -> the removed application
AdminResult remove_app(node::Node& node, CommandArgs& args);

// How applications and users sign in. A registration is {"appId","displayName","public","idTokens","requirePkce",
// "redirectUris","requested","exposed","preauthorized","secrets":[{"id","hint","expires"}],
// "certificates":[{"thumbprint","expires"}]}.

// tenant?, app -> the registration
AdminResult show_registration(node::Node& node, CommandArgs& args);
// tenant?, app, public?, id_tokens?, require_pkce?, redirects?, requested?, exposed?, preauthorized? (ids or names of
// applications); each list replaces the old one -> the registration
AdminResult set_registration(node::Node& node, CommandArgs& args);
// tenant?, app, expires_ms? -> {"secret","id","hint","expires"}; the secret is never shown again
AdminResult add_secret(node::Node& node, CommandArgs& args);
// tenant?, app, secret (its id) -> the registration
AdminResult remove_secret(node::Node& node, CommandArgs& args);
// tenant?, app, certificate (PEM) -> the registration
AdminResult add_certificate(node::Node& node, CommandArgs& args);
// tenant?, app, certificate (its thumbprint) -> the registration
AdminResult remove_certificate(node::Node& node, CommandArgs& args);
// tenant?, app, after? (an id), limit? -> {"value":[{"id","userId","userPrincipalName","displayName","begun",
// "lastUsed","device"}],"next"}: the sign-ins that go on, with the name that the user gave the device, if any; without
// "next" after the last page
AdminResult list_app_sign_ins(node::Node& node, CommandArgs& args);
// tenant?, app, sign_in (its id) -> {"id"}; the user has to sign in again
AdminResult revoke_app_sign_in(node::Node& node, CommandArgs& args);
// tenant?, user, password -> the user
AdminResult set_password(node::Node& node, CommandArgs& args);
// tenant?, user -> {"id","userPrincipalName","enrolled","recoveryCodes"}: when the second factor was enrolled, and how
// many recovery codes are left; null and 0 without one
AdminResult show_second_factor(node::Node& node, CommandArgs& args);
// tenant?, user -> the same, after the removal
AdminResult remove_second_factor(node::Node& node, CommandArgs& args);

// tenant?, name, id?, users? (ids or userPrincipalNames) -> the group
AdminResult add_group(node::Node& node, CommandArgs& args);
// tenant? -> [group]
AdminResult list_groups(node::Node& node, CommandArgs& args);
// tenant?, group -> the group, with "members":[user]
AdminResult show_group(node::Node& node, CommandArgs& args);
// tenant?, group -> the removed group
AdminResult remove_group(node::Node& node, CommandArgs& args);
// tenant?, group, users -> the group; users who are members already stay members
AdminResult add_members(node::Node& node, CommandArgs& args);
// tenant?, group, users -> the group; an error, and no change, if one of the users is not a member
AdminResult remove_members(node::Node& node, CommandArgs& args);

// tenant?, app, user?, scopes?, roles?, expires_ms? -> {"token"}, with "warnings" as app.add, and for scopes without a
// user or roles with one
AdminResult mint_token(node::Node& node, CommandArgs& args);
// tenant?, user or app (an id need not be in the directory) -> {"id","tenant"}; what was issued to it until now is
// refused
AdminResult revoke_tokens(node::Node& node, CommandArgs& args);

// -> {"folder","time_ms"}: the image of the data folder, which stays until backup.end; a second one takes
// its place
AdminResult begin_backup(node::Node& node, CommandArgs& args);
// time_ms? (of backup.begin; if all was copied) -> {}; removes the image
AdminResult end_backup(node::Node& node, CommandArgs& args);

// from? ("shard:seq") or cursor? (of the previous page), limit? (events) -> {"lines":[text],"cursor"}; without
// "cursor" if it is the last page
AdminResult page_log(node::Node& node, CommandArgs& args);

}  // namespace porchlight::admin
