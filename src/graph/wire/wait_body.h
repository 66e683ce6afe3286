// The body of a waitFor request: JSON to values, and values to the terms of a wait (docs/waiting.md). Pure. Errors are
// 400.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/wire/json_body.h"
#include "watch/wait.h"

namespace porchlight::graph {

// Timeouts of a wait.
inline constexpr Duration kWaitTimeoutDefault = std::chrono::minutes(1);
inline constexpr Duration kWaitTimeoutMax = std::chrono::minutes(10);

// {"users":["guid or name",…],"mode":"any"|"all","until":{"availability":[…],"activity":[…]},
//  "for":"PT2M","timeout":"PT5M"}. The types are correct, the values are not checked.
struct WaitBody {
  std::vector<std::string> users;
  std::optional<std::string> mode;
  std::vector<std::string> availabilities;
  std::vector<std::string> activities;
  std::optional<std::chrono::nanoseconds> hold;
  std::optional<std::chrono::nanoseconds> timeout;
};
// 400 for a wrong type, or without users or a condition.
Result<WaitBody> parse_wait_body(const JsonBody& body);

// Checks the values and applies the defaults: mode any, no hold time, kWaitTimeoutDefault. The deadline counts from
// `now`.
Result<watch::WaitTerms> to_wait_terms(const WaitBody& body, Time now);

}  // namespace porchlight::graph
