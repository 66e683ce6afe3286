// Time-outs and limits of connections: each at its value and one past it, under a manual clock.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/connection_limiter.h"
#include "http/http2_client.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration kMoment{1};

TEST(TimeOut, IdleConnectionsEndSilently) {
  TestServer server;
  Client fresh = server.connect();
  Client used = server.connect();
  server.advance(seconds(1));
  used.send(get("/a"));
  used.answer();
  server.advance(seconds(29) - kMoment);
  EXPECT_EQ(fresh.peek(), "");
  fresh.send(get("/a"));
  EXPECT_THAT(fresh.answer(), StartsWith("HTTP/1.1 200"));
  server.advance(seconds(1) + kMoment);
  EXPECT_TRUE(used.is_ended());
  server.advance(seconds(30));
  EXPECT_TRUE(fresh.is_ended());
}

TEST(TimeOut, BusyConnectionsStay) {
  TestServer server;
  Client client = server.connect();
  for (int i = 0; i < 20; ++i) {
    server.advance(seconds(29));
    EXPECT_THAT(client.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  }
}

TEST(TimeOut, SlowHeadersGet408) {
  TestServer server;
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\n");
  server.settle();
  for (int second = 0; second < 9; ++second) {
    server.advance(seconds(1));
    client.send("A: b\r\n");
    server.settle();
  }
  server.advance(seconds(1) - kMoment);
  EXPECT_EQ(client.peek(), "");
  server.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("Connection: close")));
}

TEST(TimeOut, BodiesThatTakeTooLongGet408) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(100'000, 'x'));
  server.settle();
  server.advance(seconds(30) - kMoment);
  EXPECT_EQ(client.peek(), "");
  server.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeOut, BodiesBelowTheRateGet408) {
  TestServer server;
  Client slow = server.connect();
  Client fair = server.connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
  slow.send(head + std::string(1024, 'x'));
  fair.send(head + std::string(12 * 1024, 'x'));
  server.settle();
  server.advance(seconds(10) - kMoment);
  EXPECT_EQ(slow.peek(), "");
  server.advance(kMoment);
  EXPECT_THAT(slow.read_to_end(), StartsWith("HTTP/1.1 408"));
  server.advance(seconds(2));
  EXPECT_EQ(fair.peek(), "") << "12 KiB earn twelve seconds";
  server.advance(kMoment);
  EXPECT_THAT(fair.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeOut, DiscardedBodiesOnlyClose) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  client.answer();
  server.advance(seconds(10));
  EXPECT_TRUE(client.is_ended());
}

TEST(TimeOut, RequestsWithoutAResponseGet408) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/later?x"));
  server.handler.await_waiting(1);
  server.settle();
  server.advance(seconds(60) - kMoment);
  EXPECT_EQ(client.peek(), "");
  server.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
  server.handler.finish();  // too late: the connection is closed
  server.settle();
}

TEST(TimeOut, HeldRequestsMayTakeLonger) {
  TestServer server;
  Client client = server.connect();
  for (int i = 1; i <= 2; ++i) {
    client.send(get("/hold?x"));
    server.handler.await_waiting(static_cast<std::size_t>(i));
    server.settle();
    server.advance(kHeld - kMoment);
    EXPECT_EQ(client.peek(), "");
    server.handler.finish();
    EXPECT_THAT(client.answer(), testing::EndsWith("later x"));
  }
  EXPECT_EQ(server.handler.abandoned, 0);
  client.send(get("/later?x"));
  server.handler.await_waiting(3);
  server.settle();
  server.advance(seconds(60));
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408")) << "the next request has the usual limit";
}

TEST(TimeOut, HeldRequestsTimeOutToo) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/hold?x"));
  server.handler.await_waiting(1);
  server.settle();
  server.advance(kHeld);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(server.handler.abandoned, 1);
  server.handler.finish();  // too late: the connection is closed
  server.settle();
}

TEST(TimeOut, HoldsAreLimited) {
  TestServer server(Limits{.held_request = seconds(100)});
  Client client = server.connect();
  client.send(get("/hold?x"));
  server.handler.await_waiting(1);
  server.settle();
  server.advance(seconds(100) - kMoment);
  EXPECT_EQ(client.peek(), "");
  server.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(Connections, ClosingDuringAHeldRequestAbandonsIt) {
  TestServer server;
  for (const bool at_once : {false, true}) {
    server.handler.abandoned = 0;
    Client client = server.connect();
    client.send(get("/hold?x"));
    if (!at_once) server.settle();
    client.end_writing();
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(server.handler.abandoned, 1);
  }
  server.handler.finish();
  server.settle();
}

TEST(Connections, AuthenticatedOnesStaySoDuringAWait) {
  TestServer server(Limits{.unauthenticated_per_address = 1});
  Client waiting = server.connect();
  waiting.send(get("/hold?x"));
  server.handler.await_waiting(1);
  server.settle();
  EXPECT_THAT(server.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, HeldRequestsAreAbandonedWhenTheLoopEnds) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/hold?x"));
  server.handler.await_waiting(1);
  server.drain(Duration(1));
  server.join();
  EXPECT_EQ(server.handler.abandoned, 1);
  EXPECT_TRUE(client.is_ended());
}

TEST(TimeOut, ReadersBelowTheRateAreCutOff) {
  TestServer server;
  Client client = server.connect();
  std::string burst;
  for (int i = 0; i < 400; ++i) burst += get("/big");
  client.send(burst);
  server.settle();
  server.advance(seconds(10) - kMoment);
  server.settle();
  const int handled = server.handler.handled;
  EXPECT_LT(handled, 400);
  server.advance(seconds(3600));
  client.read_to_end();
  EXPECT_EQ(server.handler.handled, handled);
}

TEST(TimeOut, TheMoreWaitsTheFasterAReaderMustBe) {
  struct Row {
    std::size_t waiting, bytes_per_s;
  };
  const Limits limits;
  for (const auto& [waiting, bytes_per_s] : {Row{0, 1024},
                                             {60 * 1024, 1024},
                                             {60 * 1024 + 59, 1024},
                                             {60 * 1025, 1025},
                                             {256 * 1024, 4369},
                                             {2 * 1024 * 1024, 34952}})
    EXPECT_EQ(reader_rate(limits, waiting), bytes_per_s) << waiting;
}

// A reader of 64 KiB would have earned 64 seconds by the least rate for little output.
TEST(TimeOut, ASlowReaderOfALotIsCutOffWithinAMinute) {
  TestServer server;
  Client client = server.connect();
  std::string burst;
  for (int i = 0; i < 400; ++i) burst += get("/big");
  client.send(burst);
  server.settle();
  std::string some(64 * 1024, '\0');
  ASSERT_EQ(::recv(client.fd(), some.data(), some.size(), MSG_WAITALL), std::ssize(some));
  server.settle();
  const int handled = server.handler.handled;
  server.advance(seconds(60));
  client.read_to_end();
  EXPECT_EQ(server.handler.handled, handled);
}

TEST(TimeOut, LingeringEnds) {
  TestServer server;
  Client client = server.connect();
  client.send("nonsense\r\n");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 400"));
  server.advance(seconds(2));
  // Fully closed: bytes sent now get a reset.
  client.send("x");
  server.settle();
  EXPECT_EQ(::send(client.fd(), "x", 1, MSG_NOSIGNAL), -1);
}

TEST(TimeOut, ALongJumpOfTheClockIsSurvived) {
  TestServer server;
  Client client = server.connect();
  server.advance(std::chrono::hours(72));
  EXPECT_TRUE(client.is_ended());
  EXPECT_THAT(server.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, UnauthenticatedOnesPerAddressAreLimited) {
  TestServer server(Limits{.unauthenticated_per_address = 2});
  Client first = server.connect();
  Client second = server.connect();
  EXPECT_TRUE(server.connect().is_ended());
  first.send(get("/login"));
  first.answer();  // authenticated: makes a place for another
  Client third = server.connect();
  EXPECT_THAT(third.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(server.connect().is_ended());
  second.reset();
  server.settle();
  EXPECT_THAT(server.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, BeyondTheTotalTheLongestIdleIsClosed) {
  TestServer server(Limits{.connections = 3});
  Client a = server.connect();
  server.advance(seconds(1));
  Client b = server.connect();
  server.advance(seconds(1));
  Client c = server.connect();
  server.advance(seconds(1));
  a.send(get("/a"));
  a.answer();
  Client d = server.connect();
  EXPECT_TRUE(b.is_ended()) << "the longest idle";
  EXPECT_THAT(d.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(a.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, BeyondTheTotalNewOnesAreClosedIfNoneIsIdle) {
  TestServer server(Limits{.connections = 1});
  Client busy = server.connect();
  busy.send(get("/later?x"));
  server.handler.await_waiting(1);
  server.settle();
  EXPECT_TRUE(server.connect().is_ended());
  server.handler.finish();
  EXPECT_THAT(busy.answer(), testing::EndsWith("later x"));
}

TEST(Connections, WithoutDescriptorsNewOnesAreClosed) {
  TestServer server;
  Client before = server.connect();
  std::vector<Client> waiting;
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  // The client's own descriptor takes the last place.
  const int lowest = ::dup(0);
  ::close(lowest);
  const rlimit tight{static_cast<rlim_t>(lowest) + 1, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  waiting.push_back(server.connect());
  EXPECT_TRUE(waiting.back().is_ended());
  EXPECT_THAT(before.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_THAT(server.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

// Bytes allocated. Always the same under a sanitizer, so that these tests then show nothing.
std::size_t allocated() { return ::mallinfo2().uordblks; }

TEST(Memory, OfUnauthenticatedConnectionsIsLimited) {
  TestServer server(Limits{.unauthenticated_per_address = 1000});
  std::vector<Client> clients;
  clients.reserve(200);
  const std::size_t before = allocated();
  for (int i = 0; i < 100; ++i) clients.push_back(server.connect());
  for (Client& client : clients) client.send(get("/a")).answer();
  const std::size_t idle = allocated() - before;
  EXPECT_LT(idle / 100, 1500u) << "an idle connection";
  const std::string line = "GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: a\r\n";
  const std::string head = line + "A: " + std::string(16'000, 'a') + "\r\nB: " + std::string(15'000, 'b');
  for (Client& client : clients) client.send(head);
  server.settle();
  EXPECT_LT((allocated() - before) / 100, 64u * 1024) << "half a head";
  for (Client& client : clients) client.send("\r\n\r\n").answer();
  EXPECT_LT(allocated() - before, idle + 100'000) << "idle again";
}

// Responses that a client does not take keep buffers of their own size, not the large one of a response before them.
TEST(Memory, OfSmallHttp2ResponsesThatWaitIsSmall) {
  TestServer server;
  Client other = server.connect();
  Http2Client client(server.connect(), setting(4, 0));  // no stream may send a body
  client.send(get2(1, "/login"));
  client.settle();
  other.send(get("/big")).answer();
  const std::size_t before = allocated();
  for (std::uint32_t stream = 3; stream < 123; stream += 2) {
    other.send(get("/big")).answer();
    client.send(get2(stream, "/small"));
    client.settle();
  }
  EXPECT_LT(allocated() - before, 60u * 10'000) << "60 responses of 6 bytes";
}

TEST(Memory, OfUnauthenticatedHttp2ConnectionsIsLimited) {
  TestServer server(Limits{.unauthenticated_per_address = 1000});
  std::vector<Http2Client> clients;
  clients.reserve(20);
  const std::size_t before = allocated();
  for (std::size_t i = 0; i < clients.capacity(); ++i) {
    clients.emplace_back(server.connect());
    clients.back().settle();
  }
  EXPECT_LT((allocated() - before) / clients.size(), 32u * 1024) << "an idle connection";
  // As many heads and bodies as the server keeps, and as many streams.
  for (Http2Client& client : clients) {
    std::string frames;
    for (std::uint32_t stream = 1; stream < 2 * Http2Session::kStreamsMax; stream += 2)
      frames += post2(stream, "/echo") + data(stream, std::string(300, 'x'));
    client.send(frames);
  }
  server.settle();
  EXPECT_LT((allocated() - before) / clients.size(), 64u * 1024) << "a hundred requests";
}

TEST(Memory, OfAnUnauthenticatedSlowReaderIsLimited) {
  TestServer server;
  Client client = server.connect();
  std::string burst;
  for (int i = 0; i < 200'000; ++i) burst += get("/a");
  const std::size_t before = allocated();
  ::fcntl(client.fd(), F_SETFL, O_NONBLOCK);
  client.send(burst);
  server.settle();
  EXPECT_LT(allocated() - before, 64u * 1024 + 32u * 1024) << "the connection, and the loop's own buffers";
  EXPECT_LT(server.handler.handled, 200'000);
}

AppOfTenant app_of_tenant(std::uint8_t number) {
  AppOfTenant app;
  app.second.bytes[0] = number;
  return app;
}

TEST(WaitingBytes, OfAnApplicationAreLimited) {
  WaitingBytes bytes(100);
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 0, 60));
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 0, 40));
  EXPECT_FALSE(bytes.replace(app_of_tenant(1), 0, 1));
  EXPECT_FALSE(bytes.replace(app_of_tenant(1), 40, 41));
  EXPECT_TRUE(bytes.replace(app_of_tenant(2), 0, 100)) << "another application";
  EXPECT_TRUE(bytes.replace(app_of_tenant(0), 0, 1000)) << "not counted";
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 60, 59));
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 0, 1));
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 40, 0));
  EXPECT_TRUE(bytes.replace(app_of_tenant(1), 59, 99));
}

// Each connection may hold up to one response more than the output limit; the application may hold two of them.
TEST(Memory, OfAllSlowReadersOfAnApplicationIsLimited) {
  TestServer server({.app_output_bytes = 2 * (256 * 1024 + 101'000)});
  constexpr std::size_t kRequests = 100;  // more than the sockets hold
  std::string burst;
  for (std::size_t i = 0; i < kRequests; ++i) burst += get("/big?a");
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(server.connect());
    clients.back().send(burst);
    server.settle();
  }
  Client other = server.connect();
  other.send(get("/big?b"));
  EXPECT_THAT(other.answer(), StartsWith("HTTP/1.1 200"));
  std::string all(kRequests * 100'000, '\0');
  EXPECT_LT(::recv(clients[3].fd(), all.data(), all.size(), MSG_WAITALL), std::ssize(all)) << "cut off";
  EXPECT_EQ(::recv(clients[0].fd(), all.data(), all.size(), MSG_WAITALL), std::ssize(all));
}

TEST(ConnectionLimiter, CountsOverAllLoops) {
  ConnectionLimiter limiter(Limits{.connections = 2, .unauthenticated_per_address = 2});
  const IpAddress a = *IpAddress::parse("192.0.2.1"), b = *IpAddress::parse("192.0.2.2");
  EXPECT_EQ(limiter.acquire(a), ConnectionLimiter::Admission::kAccepted);
  EXPECT_EQ(limiter.acquire(a), ConnectionLimiter::Admission::kAccepted);
  EXPECT_EQ(limiter.acquire(a), ConnectionLimiter::Admission::kTooManyUnauthenticated);
  EXPECT_EQ(limiter.acquire(b), ConnectionLimiter::Admission::kFull);
  limiter.release_unauthenticated(a);
  EXPECT_EQ(limiter.acquire(b), ConnectionLimiter::Admission::kAccepted);
  EXPECT_EQ(limiter.acquire_uncounted(), ConnectionLimiter::Admission::kFull);
  EXPECT_EQ(limiter.count(), 2u);
}

TEST(ConnectionLimiter, CountsNetworksOfIpv6) {
  ConnectionLimiter limiter(Limits{.connections = 100, .unauthenticated_per_address = 2});
  const auto acquire = [&limiter](std::string_view text) { return limiter.acquire(*IpAddress::parse(text)); };
  using enum ConnectionLimiter::Admission;
  EXPECT_EQ(acquire("2001:db8::1"), kAccepted);
  EXPECT_EQ(acquire("2001:db8::2"), kAccepted);
  EXPECT_EQ(acquire("2001:db8::3"), kTooManyUnauthenticated);
  // The other networks of the /48, up to the limit of sixteen hosts.
  for (int i = 2; i < 32; ++i) EXPECT_EQ(acquire("2001:db8:0:" + std::to_string(i) + "::1"), kAccepted);
  EXPECT_EQ(acquire("2001:db8:0:99::1"), kTooManyUnauthenticated);
  EXPECT_EQ(acquire("2001:db8:1::1"), kAccepted);
  limiter.release_unauthenticated(*IpAddress::parse("2001:db8::2"));
  EXPECT_EQ(acquire("2001:db8:0:99::1"), kAccepted);
  EXPECT_EQ(acquire("::ffff:192.0.2.1"), kAccepted);
  EXPECT_EQ(acquire("192.0.2.1"), kAccepted);
  EXPECT_EQ(acquire("192.0.2.1"), kTooManyUnauthenticated);
}

TEST(ConnectionLimiter, TakesItsCapacityFromTheDescriptors) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_LT(ConnectionLimiter(Limits{}).capacity(), limit.rlim_cur);
  EXPECT_GT(ConnectionLimiter(Limits{}).capacity(), limit.rlim_cur / 2);
}

}  // namespace
}  // namespace porchlight::http
