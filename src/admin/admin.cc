// The table of commands, and the mutex that those which write hold.
#include "admin/admin.h"

#include <algorithm>
#include <mutex>

#include "admin/commands.h"
#include "base/json.h"

namespace porchlight::admin {
namespace {

// A command: its name and its function.
struct CommandRow {
  std::string_view name;
  AdminResult (*run)(node::Node&, CommandArgs&);
  bool is_write;  // whether it changes the directory, and so holds its mutex
};

constexpr CommandRow kCommands[] = {
    {"tenant.add", add_tenant, true},
    {"tenant.list", list_tenants, false},
    {"tenant.show", show_tenant, false},
    {"tenant.remove", remove_tenant, true},
    {"tenant.contents", show_contents, false},
    {"tenant.empty", empty_tenant, true},
    {"tenant.set", set_tenant, true},
    {"tenant.scim-token", make_scim_token, false},
    {"tenant.scim-revoke", revoke_scim_token, false},
    {"user.add", add_user, true},
    {"user.list", list_users, false},
    {"user.show", show_user, false},
    {"user.set", set_user, true},
    {"user.remove", remove_user, true},
    {"user.import", import_users, true},
    {"app.add", add_app, true},
    {"app.list", list_apps, false},
    {"app.show", show_app, false},
    {"app.set", set_app, true},
    {"app.remove", remove_app, true},
    {"app.registration", show_registration, false},
    {"app.register", set_registration, true},
    {"app.secret-add", add_secret, true},
    {"app.secret-remove", remove_secret, true},
    {"app.certificate-add", add_certificate, true},
    {"app.certificate-remove", remove_certificate, true},
    {"user.password", set_password, true},
    {"group.add", add_group, true},
    {"group.list", list_groups, false},
    {"group.show", show_group, false},
    {"group.remove", remove_group, true},
    {"group.member-add", add_members, true},
    {"group.member-remove", remove_members, true},
    {"token", mint_token, false},
    {"log.page", page_log, false},
};

// user.import has many rows in one command.
constexpr JsonLimits kLimits = {.depth = 4, .members = 200'000, .string_bytes = 4096};

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
  if (row->is_write) lock.lock();
  return row->run(node_, args);
}

}  // namespace porchlight::admin
