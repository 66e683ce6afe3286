#include "admin/web_applications.h"

#include <fmt/format.h>

namespace porchlight::admin {
namespace {

// How an application is stored and signs in. `redirect`: its page at this server; empty: it uses the device code flow.
struct WebRow {
  WebApplication application;
  std::string_view name;
  std::string_view redirect;
};
constexpr WebRow kRows[] = {
    {WebApplication::kBoard, "Porchlight Board", "/board/"},
    {WebApplication::kConsole, "Porchlight Console", "/console/"},
    {WebApplication::kWall, "Porchlight Wall", ""},
};

}  // namespace

Guid id_of(WebApplication application) {
  switch (application) {
    case WebApplication::kBoard:
      return guid_from_name("porchlight board");
    case WebApplication::kConsole:
      return guid_from_name("porchlight console");
    case WebApplication::kWall:
      break;
  }
  return guid_from_name("porchlight wall");
}

std::vector<std::string> scopes_of(WebApplication application) {
  std::vector<std::string> scopes = {"Presence.Read.All", "User.ReadBasic.All", "Group.Read.All"};
  if (application == WebApplication::kWall) return scopes;
  for (const char* scope :
       {"Presence.ReadWrite", "User.Read", "Calendars.ReadWrite", "Porchlight.History.Read.All"})
    scopes.emplace_back(scope);
  if (application == WebApplication::kConsole) scopes.emplace_back("Porchlight.Admin");
  return scopes;
}

Checked<void> add_web_applications(node::Node& node, const Guid& tenant) {
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(unavailable(credentials.error()));
  std::vector<state::DirectoryCommand> commands;
  for (const WebRow& row : kRows) {
    authority::Registration registration;
    registration.is_public = true;
    if (!row.redirect.empty()) registration.redirects.emplace_back(row.redirect);
    if (!(*credentials)->put(tenant, id_of(row.application), registration))
      return std::unexpected(
          unavailable("the applications of the web interface cannot be registered; is the disk full?"));
    commands.push_back({tenant, id_of(row.application),
                        directory::AppPut{std::string(row.name), false, scopes_of(row.application), {}}});
  }
  return write(node, std::move(commands));
}

Checked<void> remove_web_applications(node::Node& node, const Guid& tenant) {
  std::vector<state::DirectoryCommand> commands;
  for (const WebRow& row : kRows) {
    const Guid id = id_of(row.application);
    if (!node.view().has_app(tenant, id)) continue;
    if (auto revoked = node.revoke(tenant, id); !revoked)
      return std::unexpected(unavailable(revoked.error()));
    if (auto forgotten = forget_app(node, tenant, id); !forgotten) return forgotten;
    commands.push_back({tenant, id, directory::AppRemoved{}});
  }
  return write(node, std::move(commands));
}

}  // namespace porchlight::admin
