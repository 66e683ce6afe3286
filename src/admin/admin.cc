// The table of commands, and the mutex that those which write hold.
#include "admin/admin.h"

#include <algorithm>
#include <mutex>

#include "admin/commands.h"
#include "base/json.h"
#include "base/logging.h"

namespace porchlight::admin {
namespace {

// A command: its name and its function.
struct CommandRow {
  std::string_view name;
  AdminResult (*run)(node::Node&, CommandArgs&);
  Effect effect;
  Reach reach = Reach::kTenant;
};

constexpr CommandRow kCommands[] = {
    {"tenant.add", add_tenant, Effect::kDirectory, Reach::kServer},
    {"tenant.list", list_tenants, Effect::kNone},
    {"tenant.show", show_tenant, Effect::kNone},
    {"tenant.remove", remove_tenant, Effect::kDirectory, Reach::kServer},
    {"tenant.contents", show_contents, Effect::kNone},
    {"tenant.empty", empty_tenant, Effect::kDirectory, Reach::kServer},
    {"tenant.set", set_tenant, Effect::kDirectory},
    {"tenant.scim-token", make_scim_token, Effect::kCredential},
    {"tenant.scim-revoke", revoke_scim_token, Effect::kCredential},
    {"admin.grant", grant_administrator, Effect::kDirectory},
    {"admin.revoke", revoke_administrator, Effect::kDirectory},
    {"admin.list", list_administrators, Effect::kNone},
    {"presence.preferred-set", set_preferred_presence, Effect::kPresence},
    {"presence.preferred-clear", clear_preferred_presence, Effect::kPresence},
    {"presence.message-set", set_status_message, Effect::kPresence},
    {"presence.message-clear", clear_status_message, Effect::kPresence},
    {"presence.sessions", list_user_sessions, Effect::kNone},
    {"presence.session-set", set_user_session, Effect::kPresence},
    {"presence.session-clear", clear_user_session, Effect::kPresence},
    {"streams.end", end_user_streams, Effect::kPresence},
    {"audit.page", page_audit, Effect::kNone},
    {"user.add", add_user, Effect::kDirectory},
    {"user.list", list_users, Effect::kNone},
    {"user.show", show_user, Effect::kNone},
    {"user.set", set_user, Effect::kDirectory},
    {"user.remove", remove_user, Effect::kDirectory},
    {"user.import", import_users, Effect::kDirectory},
    {"app.add", add_app, Effect::kDirectory},
    {"app.list", list_apps, Effect::kNone},
    {"app.show", show_app, Effect::kNone},
    {"app.set", set_app, Effect::kDirectory},
    {"app.remove", remove_app, Effect::kDirectory},
    {"app.registration", show_registration, Effect::kNone},
    {"app.register", set_registration, Effect::kDirectory},
    {"app.secret-add", add_secret, Effect::kDirectory},
    {"app.secret-remove", remove_secret, Effect::kDirectory},
    {"app.certificate-add", add_certificate, Effect::kDirectory},
    {"app.certificate-remove", remove_certificate, Effect::kDirectory},
    {"app.sign-ins", list_app_sign_ins, Effect::kNone},
    {"app.sign-in-revoke", revoke_app_sign_in, Effect::kCredential},
    {"user.password", set_password, Effect::kDirectory},
    {"user.second-factor", show_second_factor, Effect::kNone},
    {"user.second-factor-remove", remove_second_factor, Effect::kDirectory},
    {"group.add", add_group, Effect::kDirectory},
    {"group.list", list_groups, Effect::kNone},
    {"group.show", show_group, Effect::kNone},
    {"group.remove", remove_group, Effect::kDirectory},
    {"group.member-add", add_members, Effect::kDirectory},
    {"group.member-remove", remove_members, Effect::kDirectory},
    {"token", mint_token, Effect::kCredential},
    {"token.revoke", revoke_tokens, Effect::kCredential},
    {"log.page", page_log, Effect::kNone, Reach::kServer},
    {"backup.begin", begin_backup, Effect::kNone, Reach::kServer},
    {"backup.end", end_backup, Effect::kNone, Reach::kServer},
};

// user.import has many rows in one command.
constexpr JsonLimits kLimits = {.depth = 4, .members = 200'000, .string_bytes = 4096};

// The actor with the user's name in the directory.
Actor named(const node::Node& node, Actor actor) {
  if (actor.user.is_nil()) return actor;
  if (auto user = node.view().find_user({actor.tenant, actor.user})) actor.name = std::move(user->upn);
  return actor;
}

// Fills what the entry is about: the user, application or group with that id, and its name in the directory.
void set_target(const node::Node& node, const Guid& id, audit::AuditEntry& entry) {
  entry.target = id;
  if (auto user = node.view().find_user({entry.tenant, id}))
    entry.target_name = std::move(user->upn);
  else if (auto app = node.view().find_app(entry.tenant, id))
    entry.target_name = std::move(app->name);
  else if (auto group = node.view().find_group(entry.tenant, id))
    entry.target_name = std::move(group->name);
  else if (auto tenant = node.view().find_tenant(id))
    entry.target_name = std::move(tenant->name);
}

// The id of what `Find` finds.
template <auto Find>
std::optional<Guid> id_of(const node::Node& node, const directory::Tenant& tenant, const std::string& which) {
  const auto found = Find(node, tenant, which);
  return found ? std::optional(found->id) : std::nullopt;
}

// The entry of a change that begins. It has what the arguments name only as far as the directory has it, and never
// their texts: those could be secrets.
audit::AuditEntry entry_of(const node::Node& node, std::string_view command, bool is_of_server,
                           CommandArgs& args, Actor actor) {
  audit::AuditEntry entry{.at = node.clock().wall(),
                          .actor = std::move(actor),
                          .action = std::string(command),
                          .members = args.names()};
  if (is_of_server && !args.has_any({"tenant"})) return entry;
  const auto tenant = find_tenant(node, args);
  if (!tenant) return entry;
  entry.tenant = tenant->id;
  const auto add = [&](std::string_view argument, auto find) {
    const auto which = args.text(argument);
    if (const auto found = which ? find(node, *tenant, *which) : std::nullopt)
      set_target(node, *found, entry);
  };
  add("user", id_of<find_user>);
  add("app", id_of<find_app>);
  add("group", id_of<find_group>);
  if (const auto subscription = args.text("subscription"))
    if (const auto id = parse_guid(*subscription)) entry.target = *id;
  return entry;
}

// Adds the id in the result of something that was added.
void add_result(const node::Node& node, const std::string& result, audit::AuditEntry& entry) {
  if (entry.target) return;
  JsonReader reader;
  const auto root = reader.parse(result, kLimits);
  for (const std::string_view name : {"id", "appId"}) {
    std::string_view text;
    if (!root || (*root)[name].get_string().get(text)) continue;
    if (const auto id = parse_guid(text)) return set_target(node, *id, entry);
  }
}

// Logs a command that changed something: what its arguments name, and the id in its result. Passwords, secrets and
// certificates in both stay out of the log.
void log_change(std::string_view command, CommandArgs& args, const std::string& result) {
  LogFields fields = {{"command", command}};
  for (const std::string_view name : {"tenant", "user", "app", "group", "upn"})
    fields.emplace_back(name, args.text(name).value_or(""));
  JsonReader reader;
  const auto root = reader.parse(result, kLimits);
  for (const std::string_view name : {"id", "appId"}) {
    std::string_view id;
    if (root && !(*root)[name].get_string().get(id)) fields.emplace_back("id", id);
  }
  log_info("change", fields);
}

}  // namespace

bool Admin::admits(const Actor& actor) const {
  return actor.way == audit::Way::kCommandLine || node_.view().is_administrator(actor.tenant, actor.user);
}

void Admin::deny(std::string_view request, const Actor& actor) {
  JsonReader reader;
  const auto root = reader.parse(request, kLimits);
  std::string_view name;
  if (root && !(*root)["command"].get_string().get(name))
    node_.audit().deny({.at = node_.clock().wall(),
                        .actor = named(node_, actor),
                        .action = std::string(name),
                        .tenant = actor.tenant});
}

// The command of that name, in the table or of the server; nullopt if the name is unknown.
std::optional<ServerCommand> Admin::find(std::string_view name) {
  if (const auto row = std::ranges::find(kCommands, name, &CommandRow::name); row != std::end(kCommands))
    return ServerCommand{row->name, [this, run = row->run](CommandArgs& args) { return run(node_, args); },
                         row->effect, row->reach};
  const auto row = std::ranges::find(of_server_, name, &ServerCommand::name);
  return row == of_server_.end() ? std::nullopt : std::optional(*row);
}

// Runs a command that changes something, between the two writes of its entry.
AdminResult Admin::run_change(const ServerCommand& change, CommandArgs& args, const Actor& actor) {
  audit::AuditEntry entry =
      entry_of(node_, change.name, change.reach == Reach::kServer, args, named(node_, actor));
  const auto number = node_.audit().begin(entry);
  if (!number) return std::unexpected(unavailable(number.error()));
  auto result = change.run(args);
  entry.outcome = result ? audit::ChangeOutcome::kDone : audit::ChangeOutcome::kFailed;
  if (args.target) set_target(node_, *args.target, entry);
  if (result) add_result(node_, *result, entry);
  node_.audit().finish(*number, entry);
  if (result && change.effect != Effect::kRead) log_change(change.name, args, *result);
  return result;
}

// The role is checked when the command's turn comes: it may have ended while the command waited.
AdminResult Admin::run(std::string_view request, const Actor& actor) {
  JsonReader reader;
  const auto root = reader.parse(request, kLimits);
  if (!root) return std::unexpected("the command is not JSON: " + std::string(root.error().what));
  simdjson::dom::object members;
  if (root->get_object().get(members)) return std::unexpected("the command is no JSON object");
  const bool is_limited = actor.way == audit::Way::kApi && !node_.view().is_operator(actor.tenant);
  CommandArgs args(members, is_limited ? std::optional(actor.tenant) : std::nullopt, actor.app);
  const std::string name = args.text("command").value_or("");
  const auto row = find(name);
  if (!row) return std::unexpected("there is no command \"" + name + "\"");
  std::unique_lock lock(node_.directory_mutex(), std::defer_lock);
  if (row->effect == Effect::kDirectory) lock.lock();
  if (!admits(actor)) return std::unexpected(forbidden(std::string(kNotAdministrator)));
  if (is_limited && row->reach == Reach::kServer)
    return std::unexpected(forbidden("This is for administrators of the operator's tenant."));
  const bool only_checks = name == "user.import" && args.flag("check");
  if (row->effect == Effect::kNone || only_checks) return row->run(args);
  return run_change(*row, args, actor);
}

}  // namespace porchlight::admin
