// Streaming responses: their framing, the calls to their observers, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>

#include "http/test_server.h"

namespace porchlight::http {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A small receive buffer, so that a slow reader shows soon. It must read more than this to catch up.
void read_little(const Client& client) {
  const int bytes = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

template <typename Holds>
void await(TestServer& server, Holds holds) {
  for (int i = 0; i < 5000 && !holds(); ++i) {
    server.settle();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(holds());
}

// Pushes until the socket accepts no more. The client does not read.
void fill(TestServer& server, const TestHandler::StreamingExchange& stream) {
  const std::string piece(16'000, 'x');
  for (int i = 0; i < 10'000 && stream.observer->stalls == 0; ++i) {
    stream.push(piece);
    server.settle();
  }
  ASSERT_EQ(stream.observer->stalls, 1);
}

TEST(Stream, IsSentInChunks) {
  TestServer server;
  Client client = server.connect();
  EXPECT_EQ(client.send(get("/stream")).read_until("first\r\n"),
            "HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nVary: "
            "Accept-Encoding\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n5\r\nfirst\r\n");
  const auto stream = server.handler.stream();
  stream.push("more and more");
  EXPECT_EQ(client.read_until("more\r\n"), "d\r\nmore and more\r\n");
  stream.push("");
  stream.end("bye");
  EXPECT_EQ(client.read_to_end(), "3\r\nbye\r\n0\r\n\r\n");
  client.end_writing();
  await(server, [&] { return stream.observer->losses == 1; });
}

TEST(Stream, EndsWithTheConnectionOverHttp10) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_until("first"), EndsWith("Connection: close\r\n\r\nfirst"));
  server.handler.stream().push("more");
  server.handler.stream().end("bye");
  EXPECT_EQ(client.read_to_end(), "morebye");
}

TEST(Stream, IsUpgradedInBothDirections) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/upgrade") + "early");
  EXPECT_EQ(
      client.read_until("first"),
      "HTTP/1.1 101 Switching Protocols\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nVary: Accept-Encoding\r\n"
      "Connection: Upgrade\r\n\r\nfirst");
  const auto stream = server.handler.stream();
  client.send(" and GET / HTTP/1.1\r\n\r\n");
  await(server, [&] { return stream.observer->received() == "early and GET / HTTP/1.1\r\n\r\n"; });
  stream.push("raw");
  EXPECT_EQ(client.read_until("raw"), "raw");
  client.end_writing();
  EXPECT_TRUE(client.is_ended());
  await(server, [&] { return stream.observer->losses == 1; });
}

TEST(Stream, NoRequestIsReadMeanwhile) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream") + get("/echo"));
  client.read_until("first\r\n");
  server.handler.stream().end("bye");
  EXPECT_EQ(client.read_to_end(), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_EQ(server.handler.handled, 1);
}

TEST(Stream, SendsHeartbeatsWhenIdle) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  server.advance(kBeat - 1s);
  EXPECT_EQ(client.peek(), "");
  server.handler.stream().push("word");
  client.read_until("word\r\n");
  server.advance(kBeat - 1s);
  EXPECT_EQ(client.peek(), "");
  server.advance(2s);
  EXPECT_EQ(client.read_until("\n\r\n"), "6\r\n:beat\n\r\n");
  for (int i = 0; i < 100; ++i) server.advance(kBeat + 1s);  // far beyond the limits of a request
  EXPECT_THAT(client.read_until("beat", 100), Not(HasSubstr("HTTP")));
}

TEST(Stream, ReportsWhenEverythingIsSent) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  server.settle();  // the first push has been reported too
  const auto stream = server.handler.stream();
  const int before = stream.observer->drains;
  stream.push("word");
  client.read_until("word");
  await(server, [&] { return stream.observer->drains == before + 1; });
  EXPECT_EQ(stream.observer->stalls, 0);
}

TEST(Stream, ASlowReaderIsReportedAndCatchesUp) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  fill(server, stream);
  stream.end("bye");
  server.settle();
  const int before = stream.observer->drains;
  EXPECT_THAT(client.read_to_end(), EndsWith("bye\r\n0\r\n\r\n"));
  EXPECT_EQ(stream.observer->drains, before);  // the stream had ended
}

TEST(Stream, TheQueueOfASlowReaderIsLimited) {
  Limits limits;
  limits.stream_queue_bytes = 64 * 1024;
  TestServer server(limits);
  Client client = server.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  fill(server, stream);
  // The queue holds at most the chunk that stalled the stream, and these.
  stream.push(std::string(40'000, 'y'));
  server.settle();
  EXPECT_EQ(stream.observer->losses, 0);
  stream.push(std::string(limits.stream_queue_bytes, 'z'));
  await(server, [&] { return stream.observer->losses == 1; });
  stream.push("nobody reads this");
  server.settle();
}

TEST(Stream, AReaderThatStopsIsDisconnected) {
  TestServer server;
  Client client = server.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  fill(server, stream);
  server.advance(Limits().rate_grace - 1s);
  EXPECT_EQ(stream.observer->losses, 0);
  server.advance(20min);  // beyond the time that the sent bytes earned
  await(server, [&] { return stream.observer->losses == 1; });
}

TEST(Stream, ClosingTheClientsSideEndsIt) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  client.end_writing();
  EXPECT_TRUE(client.is_ended());
  await(server, [&] { return server.handler.stream().observer->losses == 1; });
}

TEST(Stream, AResetIsReported) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  client.reset();
  await(server, [&] { return server.handler.stream().observer->losses == 1; });
}

TEST(Stream, DrainingEndsItProperly) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  stream.push("last");
  server.drain(5s);
  EXPECT_EQ(client.read_to_end(), "4\r\nlast\r\n0\r\n\r\n");
  server.join();
  EXPECT_EQ(stream.observer->losses, 1);
}

TEST(Stream, DrainingWaitsForTheEndOfAFiniteOne) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/parts"));
  const auto parts = server.handler.stream();
  server.drain(std::chrono::seconds(60));
  parts.push("second");
  parts.end("third");
  EXPECT_THAT(client.read_to_end(), EndsWith("5\r\nfirst\r\n6\r\nsecond\r\n5\r\nthird\r\n0\r\n\r\n"));
  server.join();
}

TEST(Stream, StoppingCutsOffClientsThatDoNotRead) {
  TestServer server;
  Client client = server.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  fill(server, stream);
  server.drain(10ms);
  server.join();
  EXPECT_EQ(stream.observer->losses, 1);
}

TEST(Stream, AFanOutReachesAllAndOthersAreServedMeanwhile) {
  TestServer server;
  constexpr std::size_t kStreams = 50, kChanges = 40;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kStreams; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get("/stream")).read_until("first\r\n");
  }
  std::vector<TestHandler::StreamingExchange> all;
  for (std::size_t i = 0; i < kStreams; ++i) all.push_back(server.handler.stream(i));
  for (std::size_t n = 0; n < kChanges; ++n) {
    const auto bytes = std::make_shared<const std::string>("change" + std::to_string(n) + ".");
    for (const auto& stream : all) stream.exchange.push(bytes);
  }
  EXPECT_THAT(server.connect().send(get("/hi")).answer(), EndsWith("/hi"));
  for (Client& client : clients) {
    const std::string text = client.read_until("change", kChanges);
    EXPECT_THAT(text, HasSubstr("change0."));
  }
}

// Messages posted on the loop's own thread are all queued before any is handled.
TEST(Stream, ResponsesOvertakeALargeFanOut) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  constexpr int kPushes = 5000;
  std::promise<int> left_by_then;
  stream.exchange.on_loop([&] {
    const int before = stream.observer->drains;
    for (int i = 0; i < kPushes; ++i) stream.push("x");
    stream.exchange.on_loop([&, before] { left_by_then.set_value(stream.observer->drains - before); });
  });
  EXPECT_LT(left_by_then.get_future().get(), kPushes / 2);
  client.read_until("x", kPushes);
}

TEST(Stream, DrainingSendsEarlierPushes) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto stream = server.handler.stream();
  constexpr int kPushes = 5000;
  for (int i = 0; i < kPushes; ++i) stream.push("x");
  server.drain(5s);
  const std::string text = client.read_to_end();
  EXPECT_EQ(std::ranges::count(text, 'x'), kPushes);
  EXPECT_THAT(text, EndsWith("0\r\n\r\n"));
}

}  // namespace
}  // namespace porchlight::http
