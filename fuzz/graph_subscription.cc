// Parses any bytes as the body of a new subscription, of its renewal, and as a stored subscription: the values are
// within their limits, or the error is a 400.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "graph/wire/query.h"
#include "graph/wire/subscription_body.h"
#include "graph/wire/subscription_resource.h"

using namespace porchlight;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
bool good(const graph::Result<T>& result) {
  expect(result || result.error().status == 400);
  return result.has_value();
}

void create(const graph::JsonBody& body) {
  const auto read = graph::parse_subscription(body);
  if (!good(read)) return;
  const auto resource = graph::parse_subscription_resource(read->resource, true);
  if (good(resource)) expect(resource->target.ids.size() <= graph::kFilterIdsMax);
  if (good(graph::check_subscription(*read, {})))
    expect(equals_ignore_case(std::string_view(read->notification_url).substr(0, 8), "https://"));
  const auto expiry = graph::clamp_expiry(read->expires_at, Time{}, std::chrono::hours(1));
  if (good(expiry))
    expect(expiry->time >= Time{std::chrono::minutes(45)} && expiry->time <= Time{std::chrono::hours(1)});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  notify::StringPool texts;
  if (const auto stored = notify::decode_subscription(text, texts)) {
    const auto again = notify::decode_subscription(notify::encode_subscription(*stored), texts);
    expect(again && again->target == stored->target && again->resource == stored->resource);
  }
  good(graph::parse_subscription_resource(text, false));
  const auto body = graph::JsonBody::parse(reader, text);
  if (!good(body)) return 0;
  create(*body);
  good(graph::parse_subscription_change(*body));
  return 0;
}
