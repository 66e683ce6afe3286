#include "workload.h"

#include "load.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kWarmUps = 10;  // requests per connection

}  // namespace

void run_round(const Served& served, const Workload& workload, Figures& figures) {
  Load load(served.port, workload.connections);
  load.run({.append_request = workload.append_request,
            .depth = workload.depth,
            .requests = kWarmUps * workload.connections * workload.depth});
  const std::int64_t before = served.process.cpu_ns();
  const Outcome outcome = load.run(
      {.append_request = workload.append_request, .depth = workload.depth, .seconds = workload.seconds});
  const auto spent = static_cast<double>(served.process.cpu_ns() - before);
  figures.cpu_us.push_back(spent / 1000 / static_cast<double>(outcome.answers));
  figures.per_second.push_back(outcome.per_second());
}

}  // namespace porchlight::bench
