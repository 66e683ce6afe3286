// Administrative commands on a node: tenants, users, applications, groups, tokens, the log. A command is a JSON object;
// its result is JSON, or a sentence for the operator. It makes no difference whether the command came through the admin
// socket of a server or from a command line that opened the folder itself.
//
//   {"command":"user.add","tenant":"Contoso","upn":"ana@contoso.com","name":"Ana"}
//
// Commands: tenant|user|app|group .add .list .show .remove, tenant|user|app .set, tenant.contents, tenant.empty,
// tenant.scim-token, tenant.scim-revoke, admin.grant, admin.revoke, admin.list, presence.preferred-set,
// presence.preferred-clear, presence.message-set, presence.message-clear, presence.sessions, presence.session-set,
// presence.session-clear, streams.end, audit.page, user.import, user.password, user.second-factor,
// user.second-factor-remove, group.member-add, group.member-remove, app.registration, app.register, app.secret-add,
// app.secret-remove, app.certificate-add, app.certificate-remove, app.sign-ins, app.sign-in-revoke, token,
// token.revoke, log.page, backup.begin, backup.end. Their other members: see each function in admin/commands.h. A
// running server has more (server/server_commands.h).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/entry.h"
#include "node/node.h"

namespace porchlight::admin {

// Why a command failed.
enum class AdminFault : std::uint8_t {
  kInvalid,      // an argument is wrong, or the state does not allow it
  kNotFound,     // what it names does not exist, or not for this caller
  kConflict,     // what it adds exists already
  kForbidden,    // the caller may not run the command
  kThrottled,    // it runs, or ran too often, and may be tried again later
  kUnavailable,  // the disk takes no writes now, or too many wait
};

// That, and a sentence that says so. A text alone is a wrong argument.
struct AdminError {
  AdminError(std::string why, AdminFault its_fault = AdminFault::kInvalid)
      : fault(its_fault), text(std::move(why)) {}
  AdminError(const char* why, AdminFault its_fault = AdminFault::kInvalid) : fault(its_fault), text(why) {}
  AdminFault fault;
  std::string text;
};

template <typename T>
using Checked = std::expected<T, AdminError>;
using AdminResult = Checked<std::string>;

using audit::Actor;

class CommandArgs;  // of commands.h

// What a command changes: nothing, credentials only, the presence of a user, what the server does for its clients, or
// the directory, whose mutex it then holds. Changes are logged. kRead changes nothing, but is in the audit log as well:
// it can show what a user hides.
enum class Effect : std::uint8_t { kNone, kRead, kCredential, kPresence, kService, kDirectory };

// What a command reaches: one tenant, or the server, which is for the operator's administrators.
enum class Reach : std::uint8_t { kTenant, kServer };

// A command that only a running server has.
struct ServerCommand {
  std::string_view name;
  std::function<AdminResult(CommandArgs&)> run;
  Effect effect = Effect::kNone;
  Reach reach = Reach::kTenant;
};

inline constexpr std::string_view kNotAdministrator = "The caller is not an administrator.";

// The commands on one node.
class Admin {
 public:
  // `node`, and what the commands of the server refer to, must outlive the Admin.
  explicit Admin(node::Node& node, std::vector<ServerCommand> of_server = {})
      : node_(node), of_server_(std::move(of_server)) {}

  // Runs one command. When it returns, its changes are durable and visible, and a change is in the audit log: there
  // before it begins (docs/administration.md). An administrator needs the role, and reaches the tenant of the
  // administrator alone unless that is the operator's. Any thread except the log's; commands that change the directory
  // run one at a time.
  AdminResult run(std::string_view request, const Actor& actor = {});
  // Whether the actor may run commands at all. Any thread.
  bool admits(const Actor& actor) const;
  // Records that the command was refused to an actor who is not admitted. Any thread except the log's.
  void deny(std::string_view request, const Actor& actor);

 private:
  std::optional<ServerCommand> find(std::string_view name);
  AdminResult run_change(const ServerCommand& change, CommandArgs& args, const Actor& actor);

  node::Node& node_;
  const std::vector<ServerCommand> of_server_;
};

}  // namespace porchlight::admin
