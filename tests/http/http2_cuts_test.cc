// The result of a connection does not depend on how its bytes were cut.
#include <gtest/gtest.h>

#include <random>

#include "http/http2_feed.h"

namespace porchlight::http {
namespace {

// Connections that reach most states: several requests, bodies, errors of streams, an error of the connection.
std::vector<std::string> connections() {
  const std::string begin =
      std::string(kPreface) + settings(setting(4, 100'000)) + window_update(0, 1'000'000);
  const std::string split = block(request_fields("/split", "GET", {{"cookie", "a=1"}, {"cookie", "b=2"}}));
  const std::string requests =
      get2(1, "/a?b=c") + post2(3, "/echo") + get2(5, "/b", {{"Upper", "x"}}) + data(3, "some") + ping() +
      data(3, std::string("\x02more\0\0", 7), kPadded | kEndStream) +
      frame(FrameType::kHeaders, kEndStream, 7, split.substr(0, 20)) +
      frame(FrameType::kContinuation, kEndHeaders, 7, split.substr(20)) + post2(9, "/no") +
      data(9, "unread") + get2(11, "/" + std::string(9000, 'a')) + post2(13, "/reset") + data(13, "part") +
      rst_stream(13) + post2(15, "/long") + data(15, std::string(1000, 'x'), kEndStream) +
      post2(17, "/trailers") + data(17, "x") + headers(17, {{"x", "y"}});
  std::string many = frame(FrameType::kHeaders, kEndStream, 1, split);
  for (std::size_t i = 1; i < Http2Session::kContinuationsMax; ++i)
    many += frame(FrameType::kContinuation, 0, 1, block({{"x", "y"}}));
  many += frame(FrameType::kContinuation, kEndHeaders, 1, "");
  return {begin + many,
          begin + requests,
          begin + requests + frame(FrameType::kGoAway, 0, 0, number(0, 8)),
          begin + requests + data(0, "x") + get2(19, "/late"),
          begin + headers(1, {}) + get2(4, "/even"),
          begin + std::string("\0\0\1\1\4\0\0\0\1\xff", 10) + get2(3, "/after"),
          "PRI * HTTP/2.0\r\n\r\nXX",
          begin + requests + requests};
}

TEST(Http2Cuts, GiveOneResult) {
  std::mt19937 random(20301);
  const Limits limits{.body_bytes = 500};
  for (const std::string& bytes : connections()) {
    const Http2Outcome whole = feed_http2(bytes, limits, [] { return std::size_t{0}; });
    EXPECT_EQ(feed_http2(bytes, limits, [] { return std::size_t{1}; }), whole);
    for (int turn = 0; turn < 50; ++turn)
      EXPECT_EQ(feed_http2(bytes, limits, [&] { return std::size_t{1} + random() % 40; }), whole);
  }
}

TEST(Http2Cuts, SeeWhatTheyShould) {
  const Http2Outcome whole =
      feed_http2(connections()[1], Limits{.body_bytes = 500}, [] { return std::size_t{0}; });
  ASSERT_EQ(whole.requests.size(), 4u);
  EXPECT_EQ(whole.requests[0], "GET /a?b=c a\nhost: a\n");
  EXPECT_EQ(whole.requests[1], "POST /echo a\nhost: a\nsomemore");
  EXPECT_EQ(whole.requests[2], "GET /split a\nhost: a\ncookie: a=1; b=2\n");
  EXPECT_EQ(whole.requests[3], "POST /trailers a\nhost: a\nx");
  const std::map<std::uint32_t, std::string> streams{{1, "200"}, {3, "200"},  {5, "RST 1"}, {7, "200"},
                                                     {9, "401"}, {11, "414"}, {15, "413"},  {17, "200"}};
  EXPECT_EQ(whole.streams, streams);
  EXPECT_EQ(whole.end, "");
}

}  // namespace
}  // namespace porchlight::http
