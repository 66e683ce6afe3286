// Parses any bytes as a batch: the result is a batch whose order has each item once, after its dependencies, or a 400.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "graph/wire/batch_request.h"

using namespace porchlight;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const graph::BatchRequest& batch) {
  require(!batch.items.empty() && batch.items.size() <= graph::kBatchItemsMax);
  std::vector<bool> done(batch.items.size());
  for (const std::size_t index : batch.order) {
    require(index < done.size() && !done[index] && !batch.items[index].id.empty());
    for (const std::size_t before : batch.items[index].depends_on) require(done[before]);
    done[index] = true;
  }
  require(std::ranges::all_of(done, [](bool one) { return one; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto strict = graph::parse_batch(reader, body, graph::EmptyWrites::kRefused);
  const auto lenient = graph::parse_batch(reader, body, graph::EmptyWrites::kAllowed);
  require(strict || strict.error().status == 400);
  require(lenient || !strict);
  if (lenient) check(*lenient);
  return 0;
}
