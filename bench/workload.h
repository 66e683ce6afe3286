// One turn of a server under load: what each request cost it, and how many a second there were.
#pragma once

#include <functional>
#include <string>

#include "report.h"
#include "servers.h"

namespace porchlight::bench {

// Of turn after turn.
struct Figures {
  Samples cpu_us, per_second;
};

struct Workload {
  std::function<void(std::string&)> append_request;
  std::size_t connections = 64;
  std::size_t depth = 1;  // requests sent together on each connection
  double seconds = 1;
};

// Warms the connections up, measures, and adds to the figures.
void run_round(const Served& served, const Workload& workload, Figures& figures);

}  // namespace porchlight::bench
