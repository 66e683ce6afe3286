// The command that shows what one user or application sees of another user, and why.
#include <array>

#include "graph/call/access.h"
#include "graph/presence/explanation_json.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::Checked;
using admin::CommandArgs;

// In the order of presence::SightRule.
constexpr std::array<std::string_view, presence::kSightRules> kSightNames = {"oneself", "everyone", "named",
                                                                             "group",   "notNamed", "nobody"};

// The user of the tenant that member `viewer` names, or the application, with the right to read all presences.
Checked<identity::Caller> find_viewer(const LiveServer& server, const directory::Tenant& tenant,
                                      const std::string& which) {
  identity::Caller viewer;
  viewer.tenant = tenant.id;
  if (const auto user = admin::find_user(server.node, tenant, which)) {
    viewer.user = user->id;
    viewer.permissions = graph::set_of(identity::Permission::kDelegatedReadAll);
    return viewer;
  }
  const auto app = admin::find_app(server.node, tenant, which);
  if (!app) return std::unexpected(admin::not_found("there is no user and no application \"" + which + "\""));
  viewer.app = app->id;
  viewer.permissions = graph::set_of(identity::Permission::kAppReadAll);
  return viewer;
}

}  // namespace

AdminResult view_as(const LiveServer& server, CommandArgs& args) {
  const auto both = admin::tenant_and_user(server.node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, subject] = *both;
  const auto which = args.text("viewer");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!which) return std::unexpected("say who looks");
  const auto viewer = find_viewer(server, tenant, *which);
  if (!viewer) return std::unexpected(viewer.error());
  const state::UserKey key{tenant.id, subject.id};
  const auto stored = server.node.view().copy(key);
  if (!stored) return std::unexpected(admin::not_found("the user is gone"));
  const Time now = server.node.clock().wall();
  const auto rule = graph::sight_rule(server.services, *viewer, key, stored->record);
  std::string as_read = "{", as_event = "{";
  graph::append_presence_for(server.services, *viewer, subject.id, now, as_read,
                             {.owner = graph::is_owner(*viewer, key)});
  graph::append_streamed_presence(server.services, *viewer, subject.id, now, as_event);
  return json_object([&](JsonObject& out) {
    out.text("subject", to_string(subject.id)).text("viewer", to_string(viewer->user.value_or(viewer->app)));
    out.text("at", admin::date_time_text(now)).boolean("sees", presence::is_sight(rule));
    out.text("rule", kSightNames[static_cast<std::size_t>(rule)]);
    out.json("read", as_read + '}').json("stream", as_event + '}');
    out.object("explain", [&](JsonObject& why) {
      graph::append_explanation(why, server.services, *viewer, key, stored->record, now);
    });
  });
}

}  // namespace porchlight::server
