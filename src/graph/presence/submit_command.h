// What all writing actions have in common: who may, whom it is done to, and how its outcome is answered.
#pragma once

#include <functional>

#include "graph/call/handlers.h"
#include "state/user_key.h"

namespace porchlight::graph {

// The pair that a caller asked for: what a refusal of it says.
struct RequestedPair {
  std::string availability;
  std::string activity;
  bool preferred = false;
};

// Checks the caller and that the person is there (spec presence §10, steps 6 to 8), then has `command` made
// (step 9) and done. An answer without a body follows when it is durable.
Result<Handled> submit_command(HandlerContext& context, const Call& call,
                               const std::function<Result<presence::Command>()>& command,
                               RequestedPair pair = {});

// Milliseconds are the core's unit; what lies between two of them counts as outside a range whose end it
// passes: below `low` it is rounded down, from there on up.
std::optional<Duration> round_to_ms(std::optional<std::chrono::nanoseconds> duration, Duration low);

}  // namespace porchlight::graph
