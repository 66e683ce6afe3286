// Administrative commands on a node: tenants, users, applications, groups, tokens, the log. A command is a JSON object;
// its result is JSON, or a sentence for the operator. It makes no difference whether the command came through the admin
// socket of a server or from a command line that opened the folder itself.
//
//   {"command":"user.add","tenant":"Contoso","upn":"ana@contoso.com","name":"Ana"}
//
// Commands: tenant|user|app|group .add .list .show .remove, tenant|user|app .set, tenant.contents, tenant.empty,
// tenant.scim-token, tenant.scim-revoke, admin.grant, admin.revoke, admin.list, user.import, user.password,
// group.member-add, group.member-remove, app.registration, app.register, app.secret-add, app.secret-remove,
// app.certificate-add, app.certificate-remove, token, token.revoke, log.page, backup.begin, backup.end. Their other
// members: see each function in admin/commands.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "node/node.h"

namespace porchlight::admin {

// The commands on one node.
class Admin {
 public:
  // `node` must outlive the Admin.
  explicit Admin(node::Node& node) : node_(node) {}

  // Runs one command. When it returns, its changes are durable and visible. Any thread except the log's; commands that
  // change the directory run one at a time.
  std::expected<std::string, std::string> run(std::string_view request);

 private:
  node::Node& node_;
};

}  // namespace porchlight::admin
