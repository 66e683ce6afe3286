// Parses any bytes as the body of a wait: the wait has users, a condition and an end within the limits, or is a 400.
#include <cstdint>
#include <cstdlib>

#include "graph/wire/wait_body.h"
#include "watch/watch_quota.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const auto refused = [](const graph::Error& error) {
    if (error.status != 400) std::abort();
    return 0;
  };
  const auto body = graph::JsonBody::parse(reader, {reinterpret_cast<const char*>(data), size});
  if (!body) return refused(body.error());
  const auto wait = graph::parse_wait_body(*body);
  if (!wait) return refused(wait.error());
  const auto terms = graph::to_wait_terms(*wait, Time{});
  if (!terms) return refused(terms.error());
  if (wait->users.empty() || wait->users.size() > watch::kWaitPeopleMax) std::abort();
  if (terms->until.is_empty() || terms->hold < Duration(0)) std::abort();
  if (Time{} + terms->hold > terms->deadline || terms->deadline > Time{graph::kWaitTimeoutMax}) std::abort();
  return 0;
}
