// The body of a $batch (spec protocol §10): what is to be done, and in which order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

inline constexpr std::size_t kBatchItemsMax = 20;

struct BatchItem {
  std::string id;
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                     // as it would come by itself; empty: none
  std::vector<std::size_t> depends_on;  // places in the list of items
};

struct BatchRequest {
  std::vector<BatchItem> items;
  std::vector<std::size_t> order;  // each item's place, after those it depends on, and else as given
};

// A 400 for the whole batch where it is malformed: not 1 to kBatchItemsMax items, an id that is missing or
// there twice (letter case ignored), no method or url, or a dependsOn that names nobody or goes in a circle.
Result<BatchRequest> parse_batch(JsonReader& reader, std::string_view body);

}  // namespace porchlight::graph
