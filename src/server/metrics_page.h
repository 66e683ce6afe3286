// The page of metrics of a server (docs/metrics.md): what each module counts, under the names of the documentation.
// The parts are made on the thread of the metrics handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "authority/sign_in_counters.h"
#include "graph/call/streams.h"
#include "metrics/clock_jumps.h"
#include "metrics/exposition.h"
#include "node/data_folder.h"
#include "node/node.h"
#include "notify/publisher.h"
#include "server/live_server.h"
#include "watch/watch_quota.h"

namespace porchlight::server {

// The page.
std::string metrics_page(const LiveServer& server, const metrics::ClockJumps& jumps);

// The responses of all loops to one route, by status; 0: those of further statuses.
std::map<int, std::uint64_t> statuses(const LoopSources& loops, std::size_t route);
// The number of users, groups and applications of a tenant.
struct TenantContents {
  std::size_t users = 0, groups = 0, apps = 0;
  TenantContents& operator+=(const TenantContents& other) {
    users += other.users;
    groups += other.groups;
    apps += other.apps;
    return *this;
  }
};
TenantContents contents_of(const state::View& view, const Guid& tenant);

// Requests, connections and loops.
void add_http(metrics::Exposition& page, const LoopSources& loops);
// Tokens and budgets.
void add_gate(metrics::Exposition& page, const GateSources& gates);
// Commands, the log, history and snapshots.
void add_writes(metrics::Exposition& page, node::Node& node, const node::DataFolder& folder);
// What the server holds.
void add_contents(metrics::Exposition& page, const state::View& view, const node::DataFolder& folder);
// Streams, waits and subscriptions.
void add_watching(metrics::Exposition& page, node::Node& node, const graph::Streams& streams,
                  const watch::WatchQuota& waits, const notify::Publisher& publisher);
// Whether the server is ready, and its clock.
void add_readiness(metrics::Exposition& page, bool is_ready, const metrics::ClockJumps& jumps);
// Tasks that wait for threads, by the name of what the threads do.
using WorkerQueues = std::initializer_list<std::pair<std::string_view, std::size_t>>;
void add_workers(metrics::Exposition& page, WorkerQueues queues);
// Sign-ins to the built-in authority; null if it is off.
void add_sign_ins(metrics::Exposition& page, const authority::SignInCounters* counters);

}  // namespace porchlight::server
