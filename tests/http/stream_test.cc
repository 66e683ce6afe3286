// Answers that go on: how they are framed, who hears what becomes of them, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>

#include "http/house.h"

namespace porchlight::http {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// So that a slow reader shows soon. To catch up, a reader needs more than this.
void read_little(const Client& client) {
  const int bytes = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

template <typename Holds>
void await(House& house, Holds holds) {
  for (int i = 0; i < 5000 && !holds(); ++i) {
    house.settle();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(holds());
}

// Pushes until the socket takes no more: nobody reads on the other side.
void fill(House& house, const TestHandler::Going& going) {
  const std::string piece(16'000, 'x');
  for (int i = 0; i < 10'000 && going.ear->stalls == 0; ++i) {
    going.push(piece);
    house.settle();
  }
  ASSERT_EQ(going.ear->stalls, 1);
}

TEST(Stream, GoesOnInChunks) {
  House house;
  Client client = house.connect();
  EXPECT_EQ(client.send(get("/stream")).read_until("first\r\n"),
            "HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n5\r\nfirst\r\n");
  const auto going = house.handler.going();
  going.push("more and more");
  EXPECT_EQ(client.read_until("more\r\n"), "d\r\nmore and more\r\n");
  going.push("");
  going.end("bye");
  EXPECT_EQ(client.read_to_end(), "3\r\nbye\r\n0\r\n\r\n");
  client.end_writing();
  await(house, [&] { return going.ear->losses == 1; });
}

TEST(Stream, GoesOnToTheEndOfAnOldConnection) {
  House house;
  Client client = house.connect();
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_until("first"), EndsWith("Connection: close\r\n\r\nfirst"));
  house.handler.going().push("more");
  house.handler.going().end("bye");
  EXPECT_EQ(client.read_to_end(), "morebye");
}

TEST(Stream, IsUpgradedInBothDirections) {
  House house;
  Client client = house.connect();
  client.send(get("/upgrade") + "early");
  EXPECT_EQ(client.read_until("first"),
            "HTTP/1.1 101 Switching Protocols\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
            "Connection: Upgrade\r\n\r\nfirst");
  const auto going = house.handler.going();
  client.send(" and GET / HTTP/1.1\r\n\r\n");
  await(house, [&] { return going.ear->heard() == "early and GET / HTTP/1.1\r\n\r\n"; });
  going.push("raw");
  EXPECT_EQ(client.read_until("raw"), "raw");
  client.end_writing();
  EXPECT_TRUE(client.is_ended());
  await(house, [&] { return going.ear->losses == 1; });
}

TEST(Stream, TakesNoRequestMeanwhile) {
  House house;
  Client client = house.connect();
  client.send(get("/stream") + get("/echo"));
  client.read_until("first\r\n");
  house.handler.going().end("bye");
  EXPECT_EQ(client.read_to_end(), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_EQ(house.handler.handled, 1);
}

TEST(Stream, BeatsWhereNothingElseIsSaid) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  house.advance(kBeat - 1s);
  EXPECT_EQ(client.peek(), "");
  house.handler.going().push("word");
  client.read_until("word\r\n");
  house.advance(kBeat - 1s);
  EXPECT_EQ(client.peek(), "");
  house.advance(2s);
  EXPECT_EQ(client.read_until("\n\r\n"), "6\r\n:beat\n\r\n");
  for (int i = 0; i < 100; ++i) house.advance(kBeat + 1s);  // far beyond what a request may take
  EXPECT_THAT(client.read_until("beat", 100), Not(HasSubstr("HTTP")));
}

TEST(Stream, TellsWhenAllHasLeft) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  house.settle();  // what was pushed first has been told of too
  const auto going = house.handler.going();
  const int before = going.ear->drains;
  going.push("word");
  client.read_until("word");
  await(house, [&] { return going.ear->drains == before + 1; });
  EXPECT_EQ(going.ear->stalls, 0);
}

TEST(Stream, ASlowReaderIsHeardOfAndCatchesUp) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  fill(house, going);
  going.end("bye");
  house.settle();
  const int before = going.ear->drains;
  EXPECT_THAT(client.read_to_end(), EndsWith("bye\r\n0\r\n\r\n"));
  EXPECT_EQ(going.ear->drains, before);  // it had ended
}

TEST(Stream, TheQueueOfASlowReaderIsBounded) {
  Limits limits;
  limits.stream_queue_bytes = 64 * 1024;
  House house(limits);
  Client client = house.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  fill(house, going);
  // What waits is at most the piece that stalled it, and these.
  going.push(std::string(40'000, 'y'));
  house.settle();
  EXPECT_EQ(going.ear->losses, 0);
  going.push(std::string(limits.stream_queue_bytes, 'z'));
  await(house, [&] { return going.ear->losses == 1; });
  going.push("nobody reads this");
  house.settle();
}

TEST(Stream, AReaderThatStopsIsCutOff) {
  House house;
  Client client = house.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  fill(house, going);
  house.advance(Limits().rate_grace - 1s);
  EXPECT_EQ(going.ear->losses, 0);
  house.advance(20min);  // beyond what the bytes that left had earned
  await(house, [&] { return going.ear->losses == 1; });
}

TEST(Stream, WhoeverEndsTheirSideIsGone) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  client.end_writing();
  EXPECT_TRUE(client.is_ended());
  await(house, [&] { return house.handler.going().ear->losses == 1; });
}

TEST(Stream, AResetIsHeardOf) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  client.reset();
  await(house, [&] { return house.handler.going().ear->losses == 1; });
}

TEST(Stream, DrainingEndsItProperly) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  going.push("last");
  house.drain(5s);
  EXPECT_EQ(client.read_to_end(), "4\r\nlast\r\n0\r\n\r\n");
  house.join();
  EXPECT_EQ(going.ear->losses, 1);
}

TEST(Stream, StoppingLosesWhoDoesNotRead) {
  House house;
  Client client = house.connect();
  read_little(client);
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  fill(house, going);
  house.drain(10ms);
  house.join();
  EXPECT_EQ(going.ear->losses, 1);
}

TEST(Stream, OneChangeReachesManyAndOthersAreServedMeanwhile) {
  House house;
  constexpr std::size_t kStreams = 50, kChanges = 40;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kStreams; ++i) {
    clients.push_back(house.connect());
    clients.back().send(get("/stream")).read_until("first\r\n");
  }
  std::vector<TestHandler::Going> all;
  for (std::size_t i = 0; i < kStreams; ++i) all.push_back(house.handler.going(i));
  for (std::size_t n = 0; n < kChanges; ++n) {
    const auto bytes = std::make_shared<const std::string>("change" + std::to_string(n) + ".");
    for (const auto& going : all) going.exchange.push(bytes);
  }
  EXPECT_THAT(house.connect().send(get("/hi")).answer(), EndsWith("/hi"));
  for (Client& client : clients) {
    const std::string text = client.read_until("change", kChanges);
    EXPECT_THAT(text, HasSubstr("change0."));
  }
}

// What is posted on the loop's own thread is all there before any of it is read.
TEST(Stream, WhatSomebodyWaitsForOvertakesAChangeToldToVeryMany) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  constexpr int kPushes = 5000;
  std::promise<int> left_by_then;
  going.exchange.on_loop([&] {
    const int before = going.ear->drains;
    for (int i = 0; i < kPushes; ++i) going.push("x");
    going.exchange.on_loop([&, before] { left_by_then.set_value(going.ear->drains - before); });
  });
  EXPECT_LT(left_by_then.get_future().get(), kPushes / 2);
  client.read_until("x", kPushes);
}

TEST(Stream, DrainingWaitsForWhatWasPushedBefore) {
  House house;
  Client client = house.connect();
  client.send(get("/stream")).read_until("first\r\n");
  const auto going = house.handler.going();
  constexpr int kPushes = 5000;
  for (int i = 0; i < kPushes; ++i) going.push("x");
  house.drain(5s);
  const std::string text = client.read_to_end();
  EXPECT_EQ(std::ranges::count(text, 'x'), kPushes);
  EXPECT_THAT(text, EndsWith("0\r\n\r\n"));
}

}  // namespace
}  // namespace porchlight::http
