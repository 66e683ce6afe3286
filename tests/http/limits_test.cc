// Time-outs and limits of connections: each at its value and one past it, by a clock that stands still.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/census.h"
#include "http/house.h"

namespace porchlight::http {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration kMoment{1};

TEST(TimeOut, IdleConnectionsEndSilently) {
  House house;
  Client fresh = house.connect();
  Client used = house.connect();
  house.advance(seconds(1));
  used.send(get("/a"));
  used.answer();
  house.advance(seconds(29) - kMoment);
  EXPECT_EQ(fresh.peek(), "");
  fresh.send(get("/a"));
  EXPECT_THAT(fresh.answer(), StartsWith("HTTP/1.1 200"));
  house.advance(seconds(1) + kMoment);
  EXPECT_TRUE(used.is_ended());
  house.advance(seconds(30));
  EXPECT_TRUE(fresh.is_ended());
}

TEST(TimeOut, BusyConnectionsStay) {
  House house;
  Client client = house.connect();
  for (int i = 0; i < 20; ++i) {
    house.advance(seconds(29));
    EXPECT_THAT(client.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  }
}

TEST(TimeOut, HeadersThatDripGet408) {
  House house;
  Client client = house.connect();
  client.send("GET / HTTP/1.1\r\n");
  house.settle();
  for (int second = 0; second < 9; ++second) {
    house.advance(seconds(1));
    client.send("A: b\r\n");
    house.settle();
  }
  house.advance(seconds(1) - kMoment);
  EXPECT_EQ(client.peek(), "");
  house.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("Connection: close")));
}

TEST(TimeOut, BodiesThatTakeTooLongGet408) {
  House house;
  Client client = house.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(100'000, 'x'));
  house.settle();
  house.advance(seconds(30) - kMoment);
  EXPECT_EQ(client.peek(), "");
  house.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeOut, BodiesBelowTheRateGet408) {
  House house;
  Client slow = house.connect();
  Client fair = house.connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
  slow.send(head + std::string(1024, 'x'));
  fair.send(head + std::string(12 * 1024, 'x'));
  house.settle();
  house.advance(seconds(10) - kMoment);
  EXPECT_EQ(slow.peek(), "");
  house.advance(kMoment);
  EXPECT_THAT(slow.read_to_end(), StartsWith("HTTP/1.1 408"));
  house.advance(seconds(2));
  EXPECT_EQ(fair.peek(), "") << "12 KiB are good for twelve seconds";
  house.advance(kMoment);
  EXPECT_THAT(fair.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(TimeOut, UnwantedBodiesJustEnd) {
  House house;
  Client client = house.connect();
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  client.answer();
  house.advance(seconds(10));
  EXPECT_TRUE(client.is_ended());
}

TEST(TimeOut, RequestsWithoutAnAnswerGet408) {
  House house;
  Client client = house.connect();
  client.send(get("/later?x"));
  house.handler.await_waiting(1);
  house.settle();
  house.advance(seconds(60) - kMoment);
  EXPECT_EQ(client.peek(), "");
  house.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
  house.handler.finish();  // too late: nobody hears it
  house.settle();
}

TEST(TimeOut, HeldRequestsMayTakeLonger) {
  House house;
  Client client = house.connect();
  for (int i = 1; i <= 2; ++i) {
    client.send(get("/hold?x"));
    house.handler.await_waiting(static_cast<std::size_t>(i));
    house.settle();
    house.advance(kHeld - kMoment);
    EXPECT_EQ(client.peek(), "");
    house.handler.finish();
    EXPECT_THAT(client.answer(), testing::EndsWith("later x"));
  }
  EXPECT_EQ(house.handler.gone, 0);
  client.send(get("/later?x"));
  house.handler.await_waiting(3);
  house.settle();
  house.advance(seconds(60));
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408")) << "the next is an ordinary one";
}

TEST(TimeOut, HeldRequestsEndToo) {
  House house;
  Client client = house.connect();
  client.send(get("/hold?x"));
  house.handler.await_waiting(1);
  house.settle();
  house.advance(kHeld);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(house.handler.gone, 1);
  house.handler.finish();  // too late: nobody hears it
  house.settle();
}

TEST(TimeOut, NobodyHoldsBeyondTheLimit) {
  House house(Limits{.held_request = seconds(100)});
  Client client = house.connect();
  client.send(get("/hold?x"));
  house.handler.await_waiting(1);
  house.settle();
  house.advance(seconds(100) - kMoment);
  EXPECT_EQ(client.peek(), "");
  house.advance(kMoment);
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST(Connections, WhoEndsTheirSideOfAHeldRequestIsGone) {
  House house;
  for (const bool at_once : {false, true}) {
    house.handler.gone = 0;
    Client client = house.connect();
    client.send(get("/hold?x"));
    if (!at_once) house.settle();
    client.end_writing();
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(house.handler.gone, 1);
  }
  house.handler.finish();
  house.settle();
}

TEST(Connections, WhoProvedThemselvesIsNoStrangerWhileTheyWait) {
  House house(Limits{.strangers_per_address = 1});
  Client waiting = house.connect();
  waiting.send(get("/hold?x"));
  house.handler.await_waiting(1);
  house.settle();
  EXPECT_THAT(house.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, HeldOnesAreGoneWhenTheLoopEnds) {
  House house;
  Client client = house.connect();
  client.send(get("/hold?x"));
  house.handler.await_waiting(1);
  house.drain(Duration(1));
  house.join();
  EXPECT_EQ(house.handler.gone, 1);
  EXPECT_TRUE(client.is_ended());
}

TEST(TimeOut, ReadersBelowTheRateAreCutOff) {
  House house;
  Client client = house.connect();
  std::string burst;
  for (int i = 0; i < 400; ++i) burst += get("/big");
  client.send(burst);
  house.settle();
  house.advance(seconds(10) - kMoment);
  house.settle();
  const int handled = house.handler.handled;
  EXPECT_LT(handled, 400);
  house.advance(seconds(3600));
  client.read_to_end();
  EXPECT_EQ(house.handler.handled, handled);
}

TEST(TimeOut, LingeringEnds) {
  House house;
  Client client = house.connect();
  client.send("nonsense\r\n");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 400"));
  house.advance(seconds(2));
  // Closed for good: what is sent now meets a reset.
  client.send("x");
  house.settle();
  EXPECT_EQ(::send(client.fd(), "x", 1, MSG_NOSIGNAL), -1);
}

TEST(TimeOut, ALongJumpOfTheClockIsSurvived) {
  House house;
  Client client = house.connect();
  house.advance(std::chrono::hours(72));
  EXPECT_TRUE(client.is_ended());
  EXPECT_THAT(house.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, StrangersPerAddressAreBounded) {
  House house(Limits{.strangers_per_address = 2});
  Client first = house.connect();
  Client second = house.connect();
  EXPECT_TRUE(house.connect().is_ended());
  first.send(get("/login"));
  first.answer();  // no stranger any more: room for another
  Client third = house.connect();
  EXPECT_THAT(third.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(house.connect().is_ended());
  second.reset();
  house.settle();
  EXPECT_THAT(house.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, BeyondTheTotalTheOldestIdleGoes) {
  House house(Limits{.connections = 3});
  Client a = house.connect();
  house.advance(seconds(1));
  Client b = house.connect();
  house.advance(seconds(1));
  Client c = house.connect();
  house.advance(seconds(1));
  a.send(get("/a"));
  a.answer();
  Client d = house.connect();
  EXPECT_TRUE(b.is_ended()) << "the longest idle";
  EXPECT_THAT(d.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(a.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Connections, BeyondTheTotalNewOnesGoWhereNoneIsIdle) {
  House house(Limits{.connections = 1});
  Client busy = house.connect();
  busy.send(get("/later?x"));
  house.handler.await_waiting(1);
  house.settle();
  EXPECT_TRUE(house.connect().is_ended());
  house.handler.finish();
  EXPECT_THAT(busy.answer(), testing::EndsWith("later x"));
}

TEST(Connections, WithoutDescriptorsAreTurnedAway) {
  House house;
  Client before = house.connect();
  std::vector<Client> waiting;
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  // The client's own descriptor takes the last place.
  const int lowest = ::dup(0);
  ::close(lowest);
  const rlimit tight{static_cast<rlim_t>(lowest) + 1, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  waiting.push_back(house.connect());
  EXPECT_TRUE(waiting.back().is_ended());
  EXPECT_THAT(before.send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_THAT(house.connect().send(get("/a")).answer(), StartsWith("HTTP/1.1 200"));
}

// Sanitizers count nothing here, and then this shows nothing.
std::size_t allocated() { return ::mallinfo2().uordblks; }

TEST(Memory, OfAStrangerIsBounded) {
  House house(Limits{.strangers_per_address = 1000});
  std::vector<Client> clients;
  clients.reserve(200);
  const std::size_t before = allocated();
  for (int i = 0; i < 100; ++i) clients.push_back(house.connect());
  const std::size_t idle = allocated() - before;
  EXPECT_LT(idle / 100, 1500u) << "an idle connection";
  const std::string line = "GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: a\r\n";
  const std::string head = line + "A: " + std::string(16'000, 'a') + "\r\nB: " + std::string(15'000, 'b');
  for (Client& client : clients) client.send(head);
  house.settle();
  EXPECT_LT((allocated() - before) / 100, 64u * 1024) << "half a head";
  for (Client& client : clients) client.send("\r\n\r\n").answer();
  EXPECT_LT(allocated() - before, idle + 100'000) << "idle again";
}

TEST(Memory, OfAStrangerThatDoesNotReadIsBounded) {
  House house;
  Client client = house.connect();
  std::string burst;
  for (int i = 0; i < 200'000; ++i) burst += get("/a");
  const std::size_t before = allocated();
  ::fcntl(client.fd(), F_SETFL, O_NONBLOCK);
  client.send(burst);
  house.settle();
  EXPECT_LT(allocated() - before, 64u * 1024 + 32u * 1024) << "the connection, and the loop's own buffers";
  EXPECT_LT(house.handler.handled, 200'000);
}

TEST(Census, CountsOverAllLoops) {
  Census census(Limits{.connections = 2, .strangers_per_address = 2});
  const PeerKey a{1}, b{2};
  EXPECT_EQ(census.enter(a), Census::Entry::kWelcome);
  EXPECT_EQ(census.enter(a), Census::Entry::kWelcome);
  EXPECT_EQ(census.enter(a), Census::Entry::kTooManyStrangers);
  EXPECT_EQ(census.enter(b), Census::Entry::kFull);
  census.leave_stranger(a);
  EXPECT_EQ(census.enter(b), Census::Entry::kWelcome);
  EXPECT_EQ(census.enter_known(), Census::Entry::kFull);
  EXPECT_EQ(census.count(), 2u);
}

TEST(Census, TakesItsCapacityFromTheDescriptors) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_LT(Census(Limits{}).capacity(), limit.rlim_cur);
  EXPECT_GT(Census(Limits{}).capacity(), limit.rlim_cur / 2);
}

}  // namespace
}  // namespace porchlight::http
