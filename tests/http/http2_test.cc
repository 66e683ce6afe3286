// HTTP/2 over real sockets: requests, responses, streams, limits and time-outs.
#include "http/http2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2_client.h"
#include "http/http2_frames.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Http2, AnswersRequests) {
  TestServer server;
  Http2Client client(server.connect());
  auto answer = client.send(get2(1, "/a?b=c")).answer(1);
  EXPECT_EQ(answer.status, "200");
  EXPECT_EQ(answer.body, "/a?b=c");
  EXPECT_EQ(answer.fields[3], (std::pair<std::string, std::string>("content-length", "6")));
  EXPECT_EQ(answer.fields.back(), (std::pair<std::string, std::string>("x-test", "yes")));
  client.send(post2(3, "/echo") + data(3, "one ") + data(3, "two", kEndStream));
  EXPECT_EQ(client.answer(3).body, "one two");
  answer = client.send(headers(5, request_fields("/a", "HEAD"))).answer(5);
  EXPECT_EQ(answer.status, "200");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(client.send(get2(7, "/none")).status(7), "204");
  EXPECT_EQ(client.send(get2(9, "/throw")).status(9), "500");
}

TEST(Http2, BeginsWhereTheFirstBytesSaySo) {
  TestServer server;
  Client first = server.connect();
  for (const char byte : kPreface.substr(0, 5)) first.send({&byte, 1});
  const std::string acknowledged = frame(FrameType::kSettings, kAck, 0, "");
  EXPECT_THAT(first.send(kPreface.substr(5)).send(settings()).read_until(acknowledged),
              HasSubstr(acknowledged));
  Client other = server.connect();
  for (const char byte : std::string_view("PR")) other.send({&byte, 1});
  EXPECT_THAT(other.send("OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n").answer(), StartsWith("HTTP/1.1 "));
  Client wrong = server.connect();
  EXPECT_EQ(Http2Client(std::move(wrong)).send("PRI").outcome().substr(0, 6), "GOAWAY");
}

TEST(Http2, RequestsOfOneConnectionDoNotWaitForEachOther) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/later?first") + get2(3, "/a"));
  EXPECT_EQ(client.answer(3).body, "/a");
  server.handler.finish();
  EXPECT_EQ(client.answer(1).body, "later first");
}

// A burst on a new connection, whose heads are more than a stranger may make the server hold.
TEST(Http2, BurstsAreNotHeld) {
  TestServer server;
  Http2Client client(server.connect());
  const std::string value(1000, 'v');
  std::string frames = get2(1, "/a");
  for (std::uint32_t stream = 3; stream < 2 * Http2Session::kStreamsMax; stream += 2)
    frames += get2(stream, "/a", {{"x", value}});
  client.send(frames);
  EXPECT_EQ(client.status(2 * Http2Session::kStreamsMax - 1), "200");
  EXPECT_EQ(server.handler.handled, static_cast<int>(Http2Session::kStreamsMax));
}

TEST(Http2, CookiesAreOneField) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/field?cookie", {{"cookie", "a=1"}, {"accept", "x"}, {"cookie", "b=2"}}));
  EXPECT_EQ(client.answer(1).body, "a=1; b=2");
}

TEST(Http2, HostIsTheAuthority) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(headers(1, {{":method", "GET"}, {":scheme", "http"}, {":path", "/client"}, {"host", "b:8"}}));
  EXPECT_EQ(client.answer(1).body, "127.0.0.1 http b:8");
  client.send(get2(3, "/client", {{"host", "A"}}));
  EXPECT_EQ(client.answer(3).body, "127.0.0.1 http A");
}

TEST(Http2, ExpectedContinuesAreSent) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(post2(1, "/echo", {{"expect", "100-continue"}}));
  EXPECT_EQ(client.await(FrameType::kHeaders, 1).field(":status"), "100");
  EXPECT_EQ(client.send(data(1, "x", kEndStream)).answer(1).body, "x");
}

// The same statuses as over HTTP/1.1, and the connection stays open.
TEST(Http2, RefusesWhatHttp1Refuses) {
  const std::string long_value(16 * 1024 + 1, 'v');
  const std::tuple<std::string_view, Fields, std::string_view> rows[] = {
      {"target", request_fields("/a#b"), "400"},
      {"long target", request_fields("/" + std::string(8 * 1024, 'a')), "414"},
      {"host with a user",
       {{":method", "GET"}, {":scheme", "http"}, {":authority", "u@a"}, {":path", "/"}},
       "400"},
      {"long field", request_fields("/a", "GET", {{"x", long_value}}), "431"},
      {"unknown method", request_fields("/a", "BREW"), "501"},
      {"unknown expectation", request_fields("/a", "GET", {{"expect", "tea"}}), "417"},
      {"unknown tunnel", request_fields("/a", "CONNECT", {{":protocol", "tea"}}), "501"},
      {"proxy", {{":method", "CONNECT"}, {":authority", "a:443"}}, "400"},
  };
  for (const auto& [what, fields, status] : rows) {
    SCOPED_TRACE(what);
    TestServer server;
    Http2Client client(server.connect());
    std::string bytes = block(fields);
    std::string frames = frame(FrameType::kHeaders, kEndStream, 1, bytes.substr(0, 16'000));
    for (std::size_t at = 16'000; at < bytes.size(); at += 16'000)
      frames += frame(FrameType::kContinuation, 0, 1, bytes.substr(at, 16'000));
    client.send(frames + frame(FrameType::kContinuation, kEndHeaders, 1, ""));
    EXPECT_EQ(client.status(1), status);
    EXPECT_EQ(client.send(get2(3, "/a")).status(3), "200");
  }
}

// Fields whose counted size is `bytes`, beside those of every request.
Fields fields_of(std::size_t bytes) {
  const std::size_t rest =
      4 * Http2Head::kFieldOverhead + std::string_view(":methodGET:schemehttp:authoritya:path/a").size();
  Fields fields;
  for (std::size_t left = bytes - rest; left > 0;) {
    const std::size_t size = std::min<std::size_t>(left, left < 2 * 8000 ? left : 8000);
    fields.emplace_back("x", std::string(size - Http2Head::kFieldOverhead - 1, 'v'));
    left -= size;
  }
  return request_fields("/a", "GET", fields);
}

std::string continued(const Fields& fields) {
  const std::string bytes = block(fields);
  std::string frames = frame(FrameType::kHeaders, kEndStream, 1, bytes.substr(0, 8'000));
  for (std::size_t at = 8'000; at < bytes.size(); at += 8'000)
    frames += frame(FrameType::kContinuation, 0, 1, bytes.substr(at, 8'000));
  return frames + frame(FrameType::kContinuation, kEndHeaders, 1, "");
}

TEST(Http2Limits, FieldsAreCountedDecoded) {
  TestServer server;
  const Limits limits;
  EXPECT_EQ(Http2Client(server.connect()).send(continued(fields_of(limits.headers_bytes))).status(1), "200");
  EXPECT_EQ(Http2Client(server.connect()).send(continued(fields_of(limits.headers_bytes + 1))).status(1),
            "431");
  Fields many;
  for (std::size_t i = 0; i < limits.headers_count - 4; ++i) many.emplace_back("x", "");
  EXPECT_EQ(Http2Client(server.connect()).send(get2(1, "/a", many)).status(1), "200");
  many.emplace_back("x", "");
  EXPECT_EQ(Http2Client(server.connect()).send(get2(1, "/a", many)).status(1), "431");
}

// One byte stands for a field of four thousand (an HPACK bomb): no answer, and the work ends with the excess.
TEST(Http2Limits, FarTooManyFieldsResetTheStream) {
  TestServer server;
  Http2Client client(server.connect());
  const std::string value(4000, 'v');
  const std::string indexed =
      std::string("\x40\x01x") + hpack_length(value.size()) + value;  // into the dynamic table
  client.send(frame(FrameType::kHeaders, kEndHeaders | kEndStream, 1,
                    block(request_fields("/a")) + indexed + std::string(12'000, '\xbe')));
  EXPECT_EQ(client.status(1), "RST 11");
  EXPECT_EQ(client.send(get2(3, "/a")).status(3), "200") << "the table of the connection is intact";
}

TEST(Http2Limits, ContinuationsOfABlock) {
  for (const std::size_t continuations :
       {Http2Session::kContinuationsMax, Http2Session::kContinuationsMax + 1}) {
    TestServer server;
    Http2Client client(server.connect());
    std::string frames = frame(FrameType::kHeaders, kEndStream, 1, block(request_fields("/a")));
    for (std::size_t i = 1; i < continuations; ++i)
      frames += frame(FrameType::kContinuation, 0, 1, block({{"x", "y"}}));
    client.send(frames + frame(FrameType::kContinuation, kEndHeaders, 1, block({{"x", "y"}})));
    EXPECT_EQ(client.status(1), continuations > Http2Session::kContinuationsMax ? "GOAWAY 11" : "200");
  }
}

TEST(Http2Limits, StreamsAtOnce) {
  TestServer server;
  Http2Client client(server.connect());
  std::string frames;
  EXPECT_EQ(client.send(get2(1, "/login")).status(1), "200");
  std::uint32_t stream = 3;
  for (std::uint32_t i = 0; i < Http2Session::kStreamsMax; ++i, stream += 2)
    frames += get2(stream, "/later?x");
  client.send(frames);
  server.handler.await_waiting(Http2Session::kStreamsMax);
  client.send(get2(stream, "/a"));
  EXPECT_EQ(client.status(stream), "RST 7");
  server.handler.finish();
  EXPECT_EQ(client.status(3), "200");
  server.settle();
  EXPECT_EQ(client.send(get2(stream + 2, "/a")).status(stream + 2), "200");
}

// The work of a stream that was reset counts until it has ended (CVE-2023-44487).
TEST(Http2Limits, ResetStreamsCountWhileTheirWorkGoesOn) {
  TestServer server;
  Http2Client client(server.connect());
  EXPECT_EQ(client.send(get2(1, "/login")).status(1), "200");
  std::uint32_t stream = 3;
  std::string frames;
  for (std::uint32_t i = 0; i < Http2Session::kStreamsMax; ++i, stream += 2)
    frames += get2(stream, "/later?x");
  client.send(frames);
  server.handler.await_waiting(Http2Session::kStreamsMax);
  for (std::uint32_t reset = 3; reset < stream; reset += 2) client.send(rst_stream(reset));
  client.settle();
  EXPECT_EQ(client.send(get2(stream, "/a")).status(stream), "RST 7");
  server.handler.finish();
  server.settle();
  EXPECT_EQ(client.send(get2(stream + 2, "/a")).status(stream + 2), "200");
}

TEST(Http2Limits, ResetCancelsHeldWork) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/hold"));
  server.handler.await_waiting(1);
  client.send(rst_stream(1));
  client.settle();
  EXPECT_EQ(server.handler.abandoned, 1);
  server.handler.finish();
  EXPECT_EQ(client.send(get2(3, "/a")).status(3), "200");
}

// Each kind of frame, its budget, and the frame itself for the n-th stream.
TEST(Http2Limits, FramesThatCostWork) {
  using FrameWork = Http2Budget::FrameWork;
  const std::tuple<FrameWork, std::string_view, std::function<std::string(std::uint32_t)>> rows[] = {
      {FrameWork::kReset, "resets",
       [](std::uint32_t n) { return get2(2 * n + 1, "/later?x") + rst_stream(2 * n + 1); }},
      {FrameWork::kReset, "errors",
       [](std::uint32_t n) {
         return get2(2 * n + 1, "/a", {{"Upper", "x"}});
       }},
      {FrameWork::kSettings, "settings", [](std::uint32_t) { return settings(); }},
      {FrameWork::kPing, "pings", [](std::uint32_t) { return ping(); }},
      {FrameWork::kPriority, "priorities",
       [](std::uint32_t n) { return frame(FrameType::kPriority, 0, 2 * n + 1, number(0, 5)); }},
      {FrameWork::kEmpty, "empty frames",
       [](std::uint32_t n) { return n == 0 ? post2(1, "/a") + data(1, "") : data(1, ""); }},
      {FrameWork::kEmpty, "padding",
       [](std::uint32_t n) {
         return (n == 0 ? post2(1, "/a") : "") + data(1, std::string(1, '\0'), kPadded);
       }},
      {FrameWork::kFollowUp, "window updates", [](std::uint32_t) { return window_update(0, 1); }},
  };
  for (const auto& [work, what, make] : rows) {
    SCOPED_TRACE(what);
    TestServer server;
    Http2Client client(server.connect());
    server.settle();
    // The client's own SETTINGS counts.
    const std::uint32_t most =
        Http2Budget::kMost[static_cast<std::size_t>(work)] - (work == FrameWork::kSettings);
    for (std::uint32_t n = 0; n < most; ++n) {
      client.send(make(n));
      if (n % 50 != 49) continue;
      server.settle();  // or too many streams would be open at once
      server.handler.finish();
    }
    client.send(get2(2001, "/none"));
    ASSERT_EQ(client.await(FrameType::kHeaders, 2001).field(":status"), "204");
    // The response allows some WINDOW_UPDATE more.
    const std::uint32_t more = work == FrameWork::kFollowUp ? Http2Budget::kFollowUpsPerFrame : 0;
    for (std::uint32_t n = 0; n <= more; ++n) client.send(make(2000 + n));
    EXPECT_EQ(client.await(FrameType::kGoAway).error(), 11u);
  }
}

// As curl does, also for responses without a body.
TEST(Http2Limits, FollowUpsOfEachRequestAreNoFlood) {
  TestServer server;
  Http2Client client(server.connect());
  for (std::uint32_t stream = 1; stream < 6 * Http2Budget::kMost[5]; stream += 2) {
    client.send(get2(stream, "/none") + window_update(stream, 1000));
    ASSERT_EQ(client.status(stream), "204") << stream;
    client.send(rst_stream(stream));
  }
}

TEST(Http2Limits, BudgetsBeginAgainAfterTheirPeriod) {
  Http2Budget budget;
  const SteadyTime begin{};
  using FrameWork = Http2Budget::FrameWork;
  for (std::size_t kind = 0; kind < Http2Budget::kFrameWorks; ++kind) {
    for (std::uint32_t i = 0; i < Http2Budget::kMost[kind]; ++i)
      ASSERT_TRUE(budget.spend(static_cast<FrameWork>(kind), begin)) << kind;
    EXPECT_FALSE(budget.spend(static_cast<FrameWork>(kind), begin + Http2Budget::kPeriod - Duration(1)))
        << kind;
  }
  EXPECT_TRUE(budget.spend(FrameWork::kPing, begin + Http2Budget::kPeriod));
  for (std::uint32_t i = 0; i < Http2Budget::kMost[5] + Http2Budget::kFollowUpsPerFrame; ++i) {
    if (i == 0) budget.on_response_frame();
    ASSERT_TRUE(budget.spend(FrameWork::kFollowUp, begin + Http2Budget::kPeriod));
  }
  EXPECT_FALSE(budget.spend(FrameWork::kFollowUp, begin + Http2Budget::kPeriod));
}

TEST(Http2Limits, BodiesAreLimited) {
  TestServer server(Limits{.body_bytes = 10});
  Http2Client client(server.connect());
  EXPECT_EQ(client.send(post2(1, "/echo") + data(1, "0123456789", kEndStream)).answer(1).body, "0123456789");
  EXPECT_EQ(client.send(post2(3, "/echo") + data(3, "0123456789") + data(3, "x", kEndStream)).status(3),
            "413");
  EXPECT_EQ(client.send(post2(5, "/echo", {{"content-length", "11"}})).status(5), "413")
      << "before it is read";
  EXPECT_EQ(client.send(post2(7, "/echo", {{"content-length", "10"}}) + data(7, "0123456789", kEndStream))
                .status(7),
            "200");
}

TEST(Http2Limits, RefusedBodiesAreDiscardedUpToALimit) {
  TestServer server(Limits{.drain_bytes = 100});
  Http2Client client(server.connect());
  EXPECT_EQ(client.send(post2(1, "/no")).status(1), "401");
  client.send(data(1, std::string(100, 'x')));
  EXPECT_EQ(client.outcome(), "nothing");
  client.send(data(1, "x"));
  EXPECT_EQ(client.await(FrameType::kRstStream, 1).error(), 0u);
  EXPECT_EQ(client.send(post2(3, "/no") + data(3, "short", kEndStream) + get2(5, "/a")).status(5), "200");
}

// Bodies of several requests share what a connection may hold before it has authenticated.
TEST(Http2Limits, RequestsOfStrangersShareMemory) {
  TestServer server;
  Http2Client client(server.connect());
  const std::string half(kUnauthenticatedRequestBytes / 2, 'x');
  std::string frames = post2(1, "/echo") + post2(3, "/echo");
  for (std::size_t at = 0; at < half.size(); at += 16'384)
    frames += data(1, half.substr(at, 16'384)) + data(3, half.substr(at, 16'384));
  client.send(frames);
  EXPECT_EQ(client.status(3), "RST 7") << "the heads count too";
  client.send(data(1, half.substr(0, 16'000)) + data(1, half.substr(0, 16'000), kEndStream));
  EXPECT_EQ(client.status(1), "200") << "one alone may be longer";
  client.send(window_update(0, 1'000'000) + get2(5, "/login"));
  EXPECT_EQ(client.status(5), "200");
  frames = post2(7, "/echo") + post2(9, "/echo");
  for (std::size_t at = 0; at < half.size(); at += 16'384)
    frames += data(7, half.substr(at, 16'384)) + data(9, half.substr(at, 16'384));
  client.send(frames + data(7, "", kEndStream) + data(9, "", kEndStream));
  EXPECT_EQ(client.status(9), "200");
}

TEST(Http2Timeouts, OfHeadsBodiesAndRequests) {
  const Limits limits;
  const std::tuple<std::string_view, std::string, Duration, std::string_view> rows[] = {
      {"head", frame(FrameType::kHeaders, kEndStream, 1, block(request_fields("/a"))), limits.all_headers,
       "GOAWAY 11"},
      {"slow body", post2(1, "/echo") + data(1, "x"), limits.rate_grace, "408"},
      {"body", post2(1, "/echo") + data(1, std::string(16'384, 'x')) + data(1, std::string(16'384, 'x')),
       limits.whole_body, "408"},
      {"response", get2(1, "/later?x"), limits.whole_request, "408"},
      {"held response", get2(1, "/hold"), kHeld, "408"},
      {"idle", "", limits.idle, "GOAWAY 0"},
  };
  for (const auto& [what, bytes, limit, outcome] : rows) {
    SCOPED_TRACE(what);
    TestServer server;
    Http2Client client(server.connect());
    client.await(FrameType::kSettings);
    client.send(bytes);
    server.settle();
    server.advance(limit - Duration(1));
    server.settle();
    server.advance(Duration(1));
    EXPECT_EQ(client.status(1), outcome);
  }
}

TEST(Http2Timeouts, OfThePreface) {
  TestServer server;
  Client client = server.connect();
  client.send(kPreface.substr(0, 10));
  server.settle();
  server.advance(Limits{}.all_headers);
  EXPECT_THAT(client.read_to_end(), HasSubstr(frame(FrameType::kGoAway, 0, 0, number(11, 8))));
}

// The client opens no window: the stream ends, and the others go on.
TEST(Http2Timeouts, OfAReader) {
  TestServer server;
  Http2Client client(server.connect(), setting(4, 0));
  client.send(get2(1, "/a"));
  EXPECT_EQ(client.await(FrameType::kHeaders, 1).field(":status"), "200");
  server.settle();
  server.advance(Limits{}.rate_grace - Duration(1));
  client.settle();
  server.advance(Duration(1));
  EXPECT_EQ(client.await(FrameType::kRstStream, 1).error(), 8u);
  client.send(get2(5, "/none"));
  EXPECT_EQ(client.status(5), "204");
}

// A client that takes no output gets no more responses than the limit and one.
TEST(Http2Limits, ResponsesWaitForTheReader) {
  TestServer server(Limits{.output_bytes = 150'000});
  Http2Client client(server.connect(), setting(4, 0));
  EXPECT_EQ(client.send(get2(1, "/none") + get2(3, "/login") + window_update(3, 100)).status(3), "200");
  std::string frames;
  for (std::uint32_t stream = 5; stream < 15; stream += 2) frames += get2(stream, "/big");
  client.send(frames);
  client.settle();
  EXPECT_EQ(server.handler.handled, 4) << "two of 100,000 bytes reach the limit of 150,000";
  client.send(window_update(0, 1'000'000) + window_update(5, 200'000) + window_update(7, 200'000));
  EXPECT_EQ(client.answer(5).body.size(), 100'000u);
  EXPECT_EQ(client.answer(7).body.size(), 100'000u);
  client.settle();
  EXPECT_EQ(server.handler.handled, 6);
}

TEST(Http2Stream, SeveralShareAConnection) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/stream") + get2(3, "/stream"));
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "first");
  EXPECT_EQ(client.await(FrameType::kData, 3).payload, "first");
  server.handler.stream(0).push("one");
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "one");
  server.handler.stream(1).push("two");
  EXPECT_EQ(client.await(FrameType::kData, 3).payload, "two");
  EXPECT_GT(server.handler.stream(1).observer->drains, 0);
  client.send(rst_stream(1));
  client.settle();
  EXPECT_EQ(server.handler.stream(0).observer->losses, 1);
  EXPECT_EQ(server.handler.stream(1).observer->losses, 0);
  server.handler.stream(1).end("last");
  EXPECT_EQ(client.answer(3).body, "last");
  server.settle();
  EXPECT_EQ(server.handler.stream(1).observer->losses, 1);
}

TEST(Http2Stream, HasHeartbeats) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/stream"));
  client.await(FrameType::kData, 1);
  server.settle();
  server.advance(kBeat);
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, ":beat\n");
  server.advance(kBeat - Duration(1));
  server.handler.stream(0).push("event");
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "event");
}

// A stream whose reader is too far behind ends alone.
TEST(Http2Stream, OfASlowReaderEnds) {
  TestServer server(Limits{.stream_queue_bytes = 100});
  Http2Client client(server.connect(), setting(4, 5));
  client.send(get2(1, "/stream") + get2(3, "/stream"));
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "first");
  server.handler.stream(0).push(std::string(100, 'x'));
  client.settle();
  EXPECT_GT(server.handler.stream(0).observer->stalls, 0);
  EXPECT_EQ(server.handler.stream(0).observer->losses, 0);
  server.handler.stream(0).push("x");
  EXPECT_EQ(client.await(FrameType::kRstStream, 1).error(), 8u);
  client.settle();
  EXPECT_EQ(server.handler.stream(0).observer->losses, 1);
  EXPECT_EQ(server.handler.stream(1).observer->losses, 0);
}

TEST(Http2Stream, OfAClientThatIsGoneEnds) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(get2(1, "/stream"));
  client.await(FrameType::kData, 1);
  client.socket().end_writing();
  EXPECT_EQ(client.answer(1).end, "closed");
  server.settle();
  EXPECT_EQ(server.handler.stream(0).observer->losses, 1);
}

Fields upgrade_fields() { return request_fields("/upgrade", "CONNECT", {{":protocol", "websocket"}}); }

// RFC 8441: a WebSocket is a stream, and others share its connection.
TEST(Http2WebSocket, IsATunnelOfOneStream) {
  TestServer server;
  Http2Client client(server.connect());
  EXPECT_THAT(client.await(FrameType::kSettings).payload, HasSubstr(setting(8, 1)));
  client.send(headers(1, upgrade_fields(), kEndHeaders));
  const ReceivedFrame accepted = client.await(FrameType::kHeaders, 1);
  EXPECT_EQ(accepted.field(":status"), "200");
  EXPECT_FALSE(accepted.ends_stream());
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "first");
  client.send(data(1, "to the server") + get2(3, "/a"));
  EXPECT_EQ(client.status(3), "200");
  EXPECT_EQ(server.handler.stream(0).observer->received(), "to the server");
  server.handler.stream(0).push("to the client");
  EXPECT_EQ(client.await(FrameType::kData, 1).payload, "to the client");
  client.send(data(1, "", kEndStream));
  EXPECT_EQ(client.answer(1).end, "");
  server.settle();
  EXPECT_EQ(server.handler.stream(0).observer->losses, 1);
}

TEST(Http2WebSocket, EndsByTheServer) {
  TestServer server;
  Http2Client client(server.connect());
  client.send(headers(1, upgrade_fields(), kEndHeaders));
  client.await(FrameType::kData, 1);
  server.handler.stream(0).end("bye");
  EXPECT_EQ(client.answer(1).body, "bye");
  EXPECT_EQ(client.await(FrameType::kRstStream, 1).error(), 0u);
}

TEST(Http2Drain, FinishesRequestsAndSaysSo) {
  TestServer server;
  Http2Client idle(server.connect());
  Http2Client busy(server.connect());
  idle.settle();
  busy.send(get2(1, "/later?x") + get2(3, "/stream"));
  server.handler.await_waiting(1);
  busy.await(FrameType::kData, 3);
  server.drain(minutes(1));
  EXPECT_EQ(idle.await(FrameType::kGoAway).error(), 0u);
  EXPECT_EQ(idle.next().payload, "");
  const ReceivedFrame away = busy.await(FrameType::kGoAway);
  EXPECT_EQ(away.error(), 0u);
  EXPECT_EQ(away.payload.substr(0, 4), number(3, 4)) << "the last stream";
  EXPECT_EQ(busy.answer(3).end, "") << "an endless stream ends";
  busy.send(get2(5, "/a"));
  server.handler.finish();
  EXPECT_EQ(busy.answer(1).body, "later x");
  EXPECT_EQ(busy.next().payload, "");
  server.join();
}

TEST(Http2Proxy, RequestsCountForTheirClients) {
  TestServer server(Limits{.unauthenticated_per_address = 1}, nullptr, {-1, ListenerKind::kPlain},
                    {*IpRange::parse("127.0.0.1/32")});
  Http2Client client(server.connect());
  client.send(get2(1, "/later?x", {{"x-forwarded-for", "192.0.2.1"}}));
  server.handler.await_waiting(1);
  EXPECT_EQ(client.send(get2(3, "/a", {{"x-forwarded-for", "192.0.2.1"}})).status(3), "429");
  EXPECT_EQ(client.send(get2(5, "/client", {{"x-forwarded-for", "192.0.2.2"}})).answer(5).body,
            "192.0.2.2 http a");
  server.handler.finish();
  EXPECT_EQ(client.status(1), "200");
  EXPECT_EQ(client.send(get2(7, "/a", {{"x-forwarded-for", "192.0.2.1"}})).status(7), "200");
}

}  // namespace
}  // namespace porchlight::http
