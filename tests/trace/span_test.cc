#include "trace/span.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "trace/exporter.h"

namespace porchlight::trace {
namespace {

using testing::HasSubstr;
using testing::Not;

EndedSpan span_of(bool has_failed) {
  EndedSpan span;
  span.context = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").value();
  span.name = "GET /{version}/me";
  span.attributes = {{"http.route", "/{version}/me"}, {"http.response.status_code", has_failed ? 503 : 200}};
  span.has_failed = has_failed;
  span.begin = EndedSpan::Nanoseconds(std::chrono::nanoseconds(5));
  span.end = EndedSpan::Nanoseconds(std::chrono::nanoseconds(7));
  return span;
}

TEST(OtlpJson, HasEachSpan) {
  EndedSpan child = span_of(true);
  child.parent[7] = 1;
  child.kind = SpanKind::kClient;
  const std::vector<EndedSpan> spans = {span_of(false), child};
  const std::string body = otlp_json(spans, "1.2.3");
  JsonReader reader;
  EXPECT_TRUE(reader.parse(body)) << body;
  EXPECT_THAT(body, HasSubstr(R"("key":"service.version","value":{"stringValue":"1.2.3"})"));
  EXPECT_THAT(body, HasSubstr(R"("startTimeUnixNano":"5","endTimeUnixNano":"7")"));
  EXPECT_THAT(body, HasSubstr(R"("parentSpanId":"0000000000000001","name":"GET /{version}/me","kind":3)"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"http.response.status_code","value":{"intValue":"503"}})"));
  EXPECT_THAT(body, HasSubstr(R"("status":{"code":2})"));
  const std::string good = otlp_json({spans.data(), 1}, "1.2.3");
  EXPECT_THAT(good, Not(HasSubstr("parentSpanId")));
  EXPECT_THAT(good, Not(HasSubstr(R"("status":)")));
}

TEST(OpenSpan, IsAChildOfItsCause) {
  Random random;
  const OpenSpan root(std::nullopt, random);
  const OpenSpan child(root.context(), random);
  EXPECT_TRUE(root.context().is_sampled());
  EXPECT_EQ(child.context().trace, root.context().trace);
  EXPECT_NE(child.context().span, root.context().span);
  const EndedSpan ended_child = child.end(SpanKind::kInternal, "commit");
  const EndedSpan ended = root.end(SpanKind::kServer, "GET /");
  EXPECT_EQ(ended.parent, decltype(ended.parent){});
  EXPECT_EQ(ended_child.parent, ended.context.span);
  EXPECT_LE(ended.begin, ended_child.begin);
  EXPECT_LE(ended_child.begin, ended_child.end);
  EXPECT_LE(ended_child.end, ended.end);
}

// A caller's decision holds for what its request causes.
TEST(OpenSpan, KeepsTheFlagsOfItsCause) {
  Random random;
  const TraceContext caller =
      parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").value();
  EXPECT_FALSE(OpenSpan(caller, random).context().is_sampled());
}

TEST(SpanQueue, HoldsUpToItsLimit) {
  SpanQueue queue;
  for (std::size_t i = 0; i < kWaitingSpansMax; ++i) ASSERT_TRUE(queue.push(span_of(false)));
  EXPECT_FALSE(queue.push(span_of(false)));
  EXPECT_EQ(queue.take(kSpansPerPost).size(), kSpansPerPost);
  EXPECT_EQ(queue.size(), kWaitingSpansMax - kSpansPerPost);
  EXPECT_TRUE(queue.push(span_of(false)));
  EXPECT_EQ(queue.take(2 * kWaitingSpansMax).size(), kWaitingSpansMax - kSpansPerPost + 1);
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace porchlight::trace
