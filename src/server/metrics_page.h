// The page of metrics of a server (docs/metrics.md): what each module counts, under the names of the documentation.
// The parts are made on the thread of the metrics handler.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "authority/sign_in_counters.h"
#include "graph/call/streams.h"
#include "graph/gate/gate_counters.h"
#include "http/loop_counters.h"
#include "http/tls.h"
#include "metrics/clock_jumps.h"
#include "metrics/exposition.h"
#include "node/data_folder.h"
#include "node/node.h"
#include "notify/publisher.h"
#include "watch/watch_quota.h"

namespace porchlight::server {

// What the loops of the server count.
using LoopSources = std::vector<const http::LoopCounters*>;
using GateSources = std::vector<const graph::GateCounters*>;

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
