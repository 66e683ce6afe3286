// One history: a cell of three nodes, its clients, and what goes wrong, all from one seed; and the checks of what must
// hold whatever goes wrong (docs/spec/replication.md).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "simulate/simulated_node.h"

namespace porchlight::simulate {

struct HistoryOptions {
  std::uint64_t seed = 1;
  Plant plant = Plant::kNothing;
  bool trace = false;  // print what happens
};

// What was counted in a history.
struct HistoryResult {
  std::vector<std::string> broken;  // the checks that failed, in words
  std::size_t written = 0, refused = 0, unavailable = 0, conflicts = 0, unknown = 0, repeated = 0,
              crashes = 0, delta_rounds = 0;
};

// The same seed gives the same history.
HistoryResult run_history(const HistoryOptions& options);

}  // namespace porchlight::simulate
