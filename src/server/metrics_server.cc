#include "metrics/process.h"
#include "server/metrics_page.h"
#include "server/notifier.h"
#include "server/request_dispatcher.h"

namespace porchlight::server {

void add_readiness(metrics::Exposition& page, bool is_ready, const metrics::ClockJumps& jumps) {
  page.gauge("porchlight_ready", "Whether /readyz answers 200: 1 or 0.", is_ready ? 1 : 0);
  page.counter("porchlight_clock_backward_total",
               "How often the wall clock was found set back, by a second or more, since the page before.",
               static_cast<double>(jumps.backward()));
}

void add_workers(metrics::Exposition& page, WorkerQueues queues) {
  page.gauge("porchlight_worker_queue", "Tasks that wait for a worker thread.");
  for (const auto& [worker, waiting] : queues)
    page.sample({{"worker", worker}}, static_cast<double>(waiting));
}

void add_sign_ins(metrics::Exposition& page, const authority::SignInCounters* counters) {
  page.counter("porchlight_sign_in_total", "Checks of passwords and second factors by the authority.");
  using authority::SignInCounters;
  const auto add = [&](std::string_view result, SharedCounter SignInCounters::*counter) {
    const std::uint64_t count = counters != nullptr ? (counters->*counter).value() : 0;
    page.sample({{"result", result}}, static_cast<double>(count));
  };
  add("ok", &SignInCounters::succeeded);
  add("wrong_password", &SignInCounters::wrong_password);
  add("wrong_code", &SignInCounters::wrong_code);
  add("locked", &SignInCounters::locked);
}

std::string metrics_page(const LiveServer& server, const metrics::ClockJumps& jumps) {
  node::Node& node = server.node;
  const graph::Services& services = server.services;
  metrics::Exposition page;
  add_http(page, server.loops);
  add_gate(page, server.gates);
  add_writes(page, node, server.folder);
  add_contents(page, node.view(), server.folder);
  add_watching(page, node, services.streams, services.watch_quota, server.notifier.publisher());
  add_readiness(page, readiness_fault(server.readiness).empty(), jumps);
  add_sign_ins(page, node.authority() != nullptr ? &node.authority()->sign_ins() : nullptr);
  add_workers(page, {{"graph", services.worker.waiting()},
                     {"passwords", server.authority ? server.authority->waiting_to_hash() : 0},
                     {"authority", server.authority ? server.authority->waiting_others() : 0},
                     {"scim", server.scim.waiting()},
                     {"admin", server.admin.waiting()},
                     {"history", node.history() ? node.history()->waiting() : 0},
                     {"subscriptions", server.notifier.publisher().waiting_writes()},
                     {"webhook_lookups", server.notifier.waiting_lookups()},
                     {"metrics", server.metrics.waiting()}});
  const std::shared_ptr<http::TlsContext> served = *server.readiness.tls.get();
  if (const auto expires = served ? served->expires() : std::nullopt)
    page.gauge("porchlight_certificate_expiry_timestamp_seconds",
               "End of the TLS certificate, in seconds since 1970.",
               std::chrono::duration<double>(expires->time_since_epoch()).count());
  page.gauge("porchlight_build_info", "1, with the version of the server.");
  page.sample({{"version", server.version}}, 1);
  const trace::SpanExporter* const spans = services.spans;
  page.counter("porchlight_spans_total", "Spans of traces, by whether the collector took them.");
  page.sample({{"outcome", "sent"}}, spans ? static_cast<double>(spans->sent().value()) : 0);
  page.sample({{"outcome", "dropped"}}, spans ? static_cast<double>(spans->dropped().value()) : 0);
  metrics::add_process(page, server.started);
  return page.text();
}

}  // namespace porchlight::server
