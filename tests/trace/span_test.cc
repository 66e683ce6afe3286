#include "trace/span.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "trace/exporter.h"

namespace porchlight::trace {
namespace {

using testing::HasSubstr;
using testing::Not;

RequestSpan span_of(int status) {
  RequestSpan span;
  span.context = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").value();
  span.method = "GET";
  span.route = "/{version}/me";
  span.status = status;
  span.begin = RequestSpan::Nanoseconds(std::chrono::nanoseconds(5));
  span.end = RequestSpan::Nanoseconds(std::chrono::nanoseconds(7));
  return span;
}

TEST(OtlpJson, HasASpanOfEachRequest) {
  RequestSpan child = span_of(503);
  child.parent[7] = 1;
  const std::vector<RequestSpan> spans = {span_of(200), child};
  const std::string body = otlp_json(spans, "1.2.3");
  JsonReader reader;
  EXPECT_TRUE(reader.parse(body)) << body;
  EXPECT_THAT(body, HasSubstr(R"("key":"service.version","value":{"stringValue":"1.2.3"})"));
  EXPECT_THAT(body, HasSubstr(R"("startTimeUnixNano":"5","endTimeUnixNano":"7")"));
  EXPECT_THAT(body, HasSubstr(R"("parentSpanId":"0000000000000001")"));
  EXPECT_THAT(body, HasSubstr(R"("status":{"code":2})"));
  const std::string good = otlp_json({spans.data(), 1}, "1.2.3");
  EXPECT_THAT(good, Not(HasSubstr("parentSpanId")));
  EXPECT_THAT(good, Not(HasSubstr(R"("status":)")));
}

TEST(SpanQueue, HoldsUpToItsLimit) {
  SpanQueue queue;
  for (std::size_t i = 0; i < kWaitingSpansMax; ++i) ASSERT_TRUE(queue.push(span_of(200)));
  EXPECT_FALSE(queue.push(span_of(200)));
  EXPECT_EQ(queue.take(kSpansPerPost).size(), kSpansPerPost);
  EXPECT_EQ(queue.size(), kWaitingSpansMax - kSpansPerPost);
  EXPECT_TRUE(queue.push(span_of(200)));
  EXPECT_EQ(queue.take(2 * kWaitingSpansMax).size(), kWaitingSpansMax - kSpansPerPost + 1);
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace porchlight::trace
