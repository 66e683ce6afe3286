// Tests of the RateLimit headers, which state the budget that is closest to exhaustion (spec protocol §6).
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGoodSession = R"({"sessionId":"s","availability":"Busy","activity":"InACall"})";

// The headers as "limit remaining reset"; "" if all three are absent.
std::string rate_limit(const Answer& answer) {
  const std::string limit = answer.header("ratelimit-limit"),
                    remaining = answer.header("ratelimit-remaining"),
                    reset = answer.header("ratelimit-reset");
  if (limit.empty() && remaining.empty() && reset.empty()) return "";
  return limit + " " + remaining + " " + reset;
}

TEST(RateLimit, CountsDown) {
  TestServer server({{3, 30s}, {0, 30s}, {0, 10s}});
  EXPECT_EQ(rate_limit(server.get(kAnaPath, server.reader())), "3 2 30");
  server.advance(10s);
  EXPECT_EQ(rate_limit(server.get(kAnaPath, server.reader())), "3 1 20");
  EXPECT_EQ(rate_limit(server.get(kAnaPath, server.reader())), "3 0 20");
  const Answer throttled = server.get(kAnaPath, server.reader());
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.header("retry-after"), "20");
  EXPECT_EQ(rate_limit(throttled), "3 0 20");
  server.advance(20s);
  EXPECT_EQ(server.get(kAnaPath, server.reader()).header("ratelimit-limit"), "3");
}

TEST(RateLimit, IsOnEveryAnswerAfterThrottling) {
  TestServer server({{0, 30s}, {9, 30s}, {0, 10s}});
  const std::string token = server.reader();
  EXPECT_EQ(rate_limit(server.send("DELETE", kAnaPath, token)), "9 8 30") << "405";
  EXPECT_EQ(rate_limit(server.send("GET", kAnaPath, token, {"Accept: text/html"})), "9 7 30") << "406";
  EXPECT_EQ(rate_limit(server.get("/v1.0/users/nobody/presence", token)), "9 6 30") << "404";
  EXPECT_EQ(rate_limit(server.post(kAnaPath + "/setPresence", token, "{")), "9 5 30") << "400";
  EXPECT_EQ(rate_limit(server.post(kAnaPath + "/setPresence", token, kGoodSession)), "9 4 30") << "403";
  EXPECT_EQ(rate_limit(server.post(kAnaPath + "/setPresence", server.writer(), kGoodSession)), "9 3 30")
      << "a deferred answer";
  EXPECT_EQ(rate_limit(server.post(kAnaPath + "/clearPresence", server.writer(), R"({"sessionId":"x"})")),
            "9 2 30")
      << "a deferred 404";
  EXPECT_EQ(rate_limit(server.send("GET", kAnaPath, token, {"If-None-Match: *"})), "9 1 30") << "304";
  EXPECT_EQ(rate_limit(server.get("/v1.0/communications/presences/$count", token)), "9 0 30");
}

TEST(RateLimit, IsOnNoOtherAnswer) {
  TestServer server({{1, 30s}, {1, 30s}, {1, 10s}});
  EXPECT_EQ(rate_limit(server.get("/v1.0/you", "")), "");
  EXPECT_EQ(rate_limit(server.get(kAnaPath, "")), "") << "the caller is unknown";
  EXPECT_EQ(rate_limit(server.get("/v1.0/me/presence", server.reader())), "") << "rejected before throttling";
  EXPECT_EQ(rate_limit(server.get("/v1.0/$metadata", "")), "");
  EXPECT_EQ(rate_limit(server.send("OPTIONS", kAnaPath, "")), "");
  TestServer unlimited;
  EXPECT_EQ(rate_limit(unlimited.get(kAnaPath, unlimited.reader())), "") << "no budget is configured";
}

TEST(RateLimit, WritesTheLargestLimit) {
  constexpr std::uint32_t kMost = 4294967295;
  TestServer server({{kMost, 86400s}, {0, 30s}, {0, 10s}});
  EXPECT_EQ(rate_limit(server.get(kAnaPath, server.reader())), "4294967295 4294967294 86400");
}

// Graph's names, and those of the budget (spec protocol §7).
TEST(RateLimit, IsExposedToWebPages) {
  TestServer server;
  for (const Answer& answer : {server.get(kAnaPath, server.reader()), server.get(kAnaPath, "")})
    EXPECT_EQ(answer.header("access-control-expose-headers"),
              "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, "
              "ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, Retry-After, "
              "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset");
}

TEST(RateLimit, RequestsOfABatchHaveTheirOwn) {
  TestServer server({{2, 30s}, {0, 30s}, {0, 10s}});
  const std::string read = R"(","method":"GET","url":"/users/)" + to_string(kAna) + R"(/presence"})";
  const Answer batch =
      server.post("/v1.0/$batch", server.reader(),
                  R"({"requests":[{"id":"1)" + read + R"(,{"id":"2)" + read + R"(,{"id":"3)" + read + "]}");
  ASSERT_EQ(batch.status, 200) << batch.body;
  EXPECT_EQ(rate_limit(batch), "") << "the batch itself is not counted";
  EXPECT_EQ(batch.at("/responses/0/headers/RateLimit-Remaining"), "1");
  EXPECT_EQ(batch.at("/responses/1/headers/RateLimit-Remaining"), "0");
  EXPECT_EQ(batch.at("/responses/2/status"), "429");
  EXPECT_EQ(batch.at("/responses/2/headers/RateLimit-Limit"), "2");
}

}  // namespace
}  // namespace porchlight::graph
