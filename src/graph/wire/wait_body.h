// What a caller waits for, as they wrote it, and as the terms of a wait.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/wire/json_body.h"
#include "watch/wait.h"

namespace porchlight::graph {

inline constexpr Duration kWaitTimeoutDefault = std::chrono::minutes(1);
inline constexpr Duration kWaitTimeoutMax = std::chrono::minutes(10);

// {"users":["guid or name",…],"mode":"any"|"all","until":{"availability":[…],"activity":[…]},
//  "for":"PT2M","timeout":"PT5M"}: the right types, whatever the values.
struct WaitBody {
  std::vector<std::string> users;
  std::optional<std::string> mode;
  std::vector<std::string> availabilities;
  std::vector<std::string> activities;
  std::optional<std::chrono::nanoseconds> hold;
  std::optional<std::chrono::nanoseconds> timeout;
};
Result<WaitBody> parse_wait_body(const JsonBody& body);

// The values as terms: "any", for no time and PT1M long unless it says otherwise.
Result<watch::WaitTerms> to_wait_terms(const WaitBody& body, Time now);

}  // namespace porchlight::graph
