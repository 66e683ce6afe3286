// One round of load on a server: processor time per request, and requests per second.
#pragma once

#include <functional>
#include <string>

#include "report.h"
#include "servers.h"

namespace porchlight::bench {

// Samples, one per round.
struct Figures {
  Samples cpu_us, per_second;
};

struct Workload {
  std::function<void(std::string&)> append_request;
  std::size_t connections = 64;
  std::size_t depth = 1;  // requests sent together on each connection
  double seconds = 1;
};

// Warms up the connections, measures, and appends to the samples.
void run_round(const Served& served, const Workload& workload, Figures& figures);

}  // namespace porchlight::bench
