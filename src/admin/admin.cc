// The table of commands, and the mutex that those which write hold.
#include "admin/admin.h"

#include <algorithm>
#include <mutex>

#include "admin/commands.h"
#include "base/json.h"
#include "base/logging.h"

namespace porchlight::admin {
namespace {

// What a command changes: nothing, credentials only, or the directory, whose mutex it then holds. Changes are logged.
enum class Effect : std::uint8_t { kNone, kCredential, kDirectory };

// A command: its name and its function.
struct CommandRow {
  std::string_view name;
  AdminResult (*run)(node::Node&, CommandArgs&);
  Effect effect;
};

constexpr CommandRow kCommands[] = {
    {"tenant.add", add_tenant, Effect::kDirectory},
    {"tenant.list", list_tenants, Effect::kNone},
    {"tenant.show", show_tenant, Effect::kNone},
    {"tenant.remove", remove_tenant, Effect::kDirectory},
    {"tenant.contents", show_contents, Effect::kNone},
    {"tenant.empty", empty_tenant, Effect::kDirectory},
    {"tenant.set", set_tenant, Effect::kDirectory},
    {"tenant.scim-token", make_scim_token, Effect::kCredential},
    {"tenant.scim-revoke", revoke_scim_token, Effect::kCredential},
    {"admin.grant", grant_administrator, Effect::kDirectory},
    {"admin.revoke", revoke_administrator, Effect::kDirectory},
    {"admin.list", list_administrators, Effect::kNone},
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
    {"user.password", set_password, Effect::kDirectory},
    {"group.add", add_group, Effect::kDirectory},
    {"group.list", list_groups, Effect::kNone},
    {"group.show", show_group, Effect::kNone},
    {"group.remove", remove_group, Effect::kDirectory},
    {"group.member-add", add_members, Effect::kDirectory},
    {"group.member-remove", remove_members, Effect::kDirectory},
    {"token", mint_token, Effect::kCredential},
    {"token.revoke", revoke_tokens, Effect::kCredential},
    {"log.page", page_log, Effect::kNone},
    {"backup.begin", begin_backup, Effect::kNone},
    {"backup.end", end_backup, Effect::kNone},
};

// user.import has many rows in one command.
constexpr JsonLimits kLimits = {.depth = 4, .members = 200'000, .string_bytes = 4096};

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

std::expected<std::string, std::string> Admin::run(std::string_view request) {
  JsonReader reader;
  const auto root = reader.parse(request, kLimits);
  if (!root) return std::unexpected("the command is not JSON: " + std::string(root.error().what));
  simdjson::dom::object members;
  if (root->get_object().get(members)) return std::unexpected("the command is no JSON object");
  CommandArgs args(members);
  const std::string name = args.text("command").value_or("");
  const auto row = std::ranges::find(kCommands, name, &CommandRow::name);
  if (row == std::end(kCommands)) return std::unexpected("there is no command \"" + name + "\"");
  std::unique_lock lock(node_.directory_mutex(), std::defer_lock);
  if (row->effect == Effect::kDirectory) lock.lock();
  auto result = row->run(node_, args);
  if (result && row->effect != Effect::kNone && !args.flag("check")) log_change(row->name, args, *result);
  return result;
}

}  // namespace porchlight::admin
