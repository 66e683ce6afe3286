// Commands about the clock of the server.
#include <algorithm>

#include "graph/wire/action_body.h"
#include "presence/rules.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::CommandArgs;

// Users that are read in one call of the view, which locks a shard.
constexpr std::size_t kUsersPerRead = 1000;

// When the presence of a user of the tenant next changes by time alone; kNever if none does. Reads all users.
Time next_change_in(const LiveServer& server, const Guid& tenant, Time now) {
  Time next = presence::kNever;
  const auto visit = [&](const Guid&, const presence::Record& record) {
    next = std::min(
        next, presence::next_change(record, now, server.services.settings.policy).value_or(presence::kNever));
    return true;
  };
  std::optional<Guid> after;
  do after = server.node.view().scan_presences(tenant, after, kUsersPerRead, visit);
  while (after);
  return next;
}

}  // namespace

AdminResult show_clock(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant_or_all(server.node, args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!tenant) return std::unexpected(tenant.error());
  const Clock& clock = server.node.clock();
  const Time now = clock.wall();
  Time next = presence::kNever;
  if (clock.is_manual())
    for (const Guid& each : server.node.view().tenant_ids())
      if (!*tenant || each == (*tenant)->id) next = std::min(next, next_change_in(server, each, now));
  return json_object([&](JsonObject& out) {
    out.text("mode", clock.is_manual() ? "manual" : "system").text("now", admin::date_time_text(now));
    if (next != presence::kNever) out.text("nextChange", admin::date_time_text(next));
  });
}

AdminResult advance_clock(const LiveServer& server, CommandArgs& args) {
  const auto step = args.number("advance_ms");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!step || *step > static_cast<std::uint64_t>(Duration(graph::kAdvanceMax).count()))
    return std::unexpected("advance must be a duration, PT0S to P366D");
  ManualClock* const clock = server.services.manual_clock;
  if (clock == nullptr)
    return std::unexpected("the clock is the machine's own and cannot be advanced (serve --clock manual)");
  clock->advance(Duration(*step));
  server.services.clock_advanced();
  return json_object([&](JsonObject& out) { out.text("now", admin::date_time_text(clock->wall())); });
}

}  // namespace porchlight::server
