#include "server/metrics_page.h"

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

}  // namespace porchlight::server
