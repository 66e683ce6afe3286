// The administrative operations on a node: tenants, people, applications, tokens, the log. One JSON command
// in, JSON or a sentence for a person out; the same whether it came through a server's socket or from a
// command that opened the folder itself.
//
//   {"command":"user.add","tenant":"Contoso","upn":"ana@contoso.com","name":"Ana"}
//
// Commands: tenant|user|app|group .add .list .show .remove, tenant.set, tenant.scim-token,
// tenant.scim-revoke, user.import, user.password, group.member-add, group.member-remove, app.registration,
// app.register, app.secret-add, app.secret-remove, app.certificate-add, app.certificate-remove, token,
// log.page. Members: see each function in admin_commands.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "node/node.h"

namespace porchlight::admin {

class Admin {
 public:
  // `node` must outlive it.
  explicit Admin(node::Node& node) : node_(node) {}

  // Runs one command to its end: what it changed is durable and visible. Any thread but the log's; changes
  // take turns.
  std::expected<std::string, std::string> run(std::string_view request);

 private:
  node::Node& node_;
};

}  // namespace porchlight::admin
