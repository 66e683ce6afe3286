// Parses the body of a $batch (spec protocol §10): its requests and the order in which they run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Most requests of one batch, as in Graph.
inline constexpr std::size_t kBatchItemsMax = 20;

// One request of a batch. It owns its texts.
struct BatchItem {
  std::string id;
  std::string method;
  std::string url;  // relative to the service root
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                     // as in a request of its own; may be empty
  std::vector<std::size_t> depends_on;  // indexes into BatchRequest::items
};

// A batch whose dependencies are known to be valid.
struct BatchRequest {
  std::vector<BatchItem> items;  // in the order of the body
  std::vector<std::size_t>
      order;  // indexes of all items: each after its dependencies, otherwise as in the body
};

// Whether a POST, PATCH or PUT with neither a body nor a Content-Type refuses the batch, as in Graph.
enum class EmptyWrites : std::uint8_t { kRefused, kAllowed };

// 400 for the whole batch if it does not have 1 to kBatchItemsMax items, an id is missing or repeated (letter case is
// ignored), a method or url is missing, a dependsOn names an unknown id or is cyclic, or a write is empty although
// `empty_writes` refuses that. An id is a string or a number; a number is the same id as its text.
Result<BatchRequest> parse_batch(JsonReader& reader, std::string_view body, EmptyWrites empty_writes);

}  // namespace porchlight::graph
