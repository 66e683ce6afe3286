// The command that shows the state of a server in numbers: those of the page of metrics, for a console that reads them
// again and again.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string>

#include "graph/call/handlers.h"
#include "graph/gate/routes.h"
#include "metrics/process.h"
#include "node/data_image.h"
#include "server/metrics_page.h"
#include "server/notifier.h"
#include "server/request_dispatcher.h"
#include "server/route_numbers.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::CommandArgs;
using metrics::HistogramSum;

constexpr double kMsPerNanosecond = 1e-6;

// A number of milliseconds with three decimals.
void write_ms(JsonObject& out, std::string_view name, double value) {
  out.json(name, fmt::format("{:.3f}", value));
}

// Counts and sums since the start, so that two reads give the mean between them.
void write_times(JsonObject& out, std::string_view name, const HistogramSum& times) {
  out.object(name, [&](JsonObject& in_ms) {
    in_ms.number("count", times.count());
    write_ms(in_ms, "sumMs", times.sum());
    write_ms(in_ms, "p50Ms", times.quantile(0.5));
    write_ms(in_ms, "p99Ms", times.quantile(0.99));
  });
}

// Whether the responses of a route wait for what happens: their times say nothing of the server.
bool waits(std::size_t number) {
  const auto routes = graph::routes();
  return number > 0 && number <= routes.size() && routes[number - 1].operation == &graph::wait_for;
}

void write_requests(JsonObject& out, const LoopSources& loops) {
  HistogramSum times(kShortTimes, kMsPerNanosecond);
  std::array<std::uint64_t, 6> by_class{};  // by the first digit of the status; 0: others
  for (std::size_t number = 0; number < route_numbers_end(); ++number) {
    for (const auto& [status, count] : statuses(loops, number))
      by_class.at(static_cast<std::size_t>(status / 100)) += count;
    if (waits(number)) continue;
    for (const http::LoopCounters* loop : loops) times.add(loop->routes[number].times);
  }
  out.object("responses", [&](JsonObject& classes) {
    classes.number("2xx", by_class[2]).number("3xx", by_class[3]).number("4xx", by_class[4]);
    classes.number("5xx", by_class[5]).number("other", by_class[0] + by_class[1]);
  });
  write_times(out, "requestTimes", times);
}

void write_notifications(JsonObject& out, const notify::Publisher& publisher) {
  const auto backlog = publisher.backlog();
  out.number("notificationsPending", backlog.items);
  out.object("webhookHosts", [&](JsonObject& hosts) {
    for (std::size_t level = 0; level < backlog.hosts.size(); ++level)
      hosts.number(webhook::HostHealth::kLevelNames[level], backlog.hosts[level]);
  });
}

void write_machine(JsonObject& out, const LiveServer& server) {
  if (const auto memory = metrics::process_memory()) out.number("memoryBytes", memory->resident);
  std::error_code error;
  if (const auto disk = std::filesystem::space(server.folder.root(), error); !error)
    out.number("diskFreeBytes", disk.available);
  const std::shared_ptr<http::TlsContext> tls = *server.readiness.tls.get();
  if (const auto expires = tls ? tls->expires() : std::nullopt)
    out.text("certificateExpires", admin::date_time_text(*expires));
  if (const auto backup = node::last_backup(server.folder))
    out.text("lastBackup", admin::date_time_text(*backup));
}

void write_server(JsonObject& out, const LiveServer& server) {
  const auto uptime = SystemClock().wall() - server.started;
  out.number("uptimeSeconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count());
  out.number("sessions", server.node.view().count_sessions());
  write_requests(out, server.loops);
  const log::CommitCounters& commits = server.node.commit_counters();
  out.number("writes", commits.batch_events.sum());
  write_times(out, "syncTimes", HistogramSum(kShortTimes, kMsPerNanosecond).add(commits.times));
  write_notifications(out, server.notifier.publisher());
  write_machine(out, server);
}

// What the server has of the tenant, or of all.
void write_counts(JsonObject& out, const LiveServer& server, const std::optional<Guid>& tenant) {
  const state::View& view = server.node.view();
  TenantContents contents;
  for (const directory::Tenant& each : view.tenants())
    if (!tenant || each.id == *tenant) contents += contents_of(view, each.id);
  out.number("users", contents.users).number("groups", contents.groups).number("applications", contents.apps);
  const watch::WatchQuota &streams = server.services.streams.watch_quota,
                          &waiting = server.services.watch_quota;
  const notify::Publisher& publisher = server.notifier.publisher();
  out.number("streams", tenant ? streams.waits_of(*tenant) : streams.waits());
  out.number("waits", tenant ? waiting.waits_of(*tenant) : waiting.waits());
  out.number("subscriptions", tenant ? publisher.count_of(*tenant) : publisher.count());
}

}  // namespace

AdminResult show_overview(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant_or_all(server.node, args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!tenant) return std::unexpected(tenant.error());
  const std::string_view fault = readiness_fault(server.readiness);
  return json_object([&](JsonObject& out) {
    out.text("version", server.version).boolean("ready", fault.empty()).text_if("reason", fault);
    out.text("clock", server.node.clock().is_manual() ? "manual" : "system");
    out.text("now", admin::date_time_text(server.node.clock().wall()));
    write_counts(out, server, *tenant ? std::optional((*tenant)->id) : std::nullopt);
    if (!*tenant) out.object("server", [&](JsonObject& numbers) { write_server(numbers, server); });
  });
}

}  // namespace porchlight::server
