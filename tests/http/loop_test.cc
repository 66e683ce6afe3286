// The loop and its connections over real loopback sockets.
#include "http/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "http/link.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Loop, AnswersARequest) {
  TestServer server;
  EXPECT_EQ(server.connect().send(get("/hi?a")).answer(),
            "HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nVary: "
            "Accept-Encoding\r\nContent-Length: 5\r\n"
            "X-Test: yes\r\n\r\n/hi?a");
}

TEST(Loop, KeepsTheConnection) {
  TestServer server;
  Client client = server.connect();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(client.send(get("/a")).answer(), EndsWith("/a"));
}

TEST(Loop, DateFollowsTheClock) {
  TestServer server;
  Client client = server.connect();
  server.advance(std::chrono::seconds(5));
  EXPECT_THAT(client.send(get("/a")).answer(), HasSubstr("00:00:05 GMT"));
}

TEST(Loop, PassesThePeer) {
  TestServer server;
  EXPECT_THAT(server.connect().send(get("/peer")).answer(), EndsWith("\r\n\r\n127.0.0.1"));
}

TEST(Loop, AnswersPipelinedRequestsInOrderAndInOneWrite) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/login"));
  client.answer();
  std::string burst;
  for (int i = 0; i < 50; ++i) burst += get("/p" + std::to_string(i));
  client.send(burst);
  char all[65536];
  // One write on loopback arrives in one piece, so one recv returns all of it.
  server.settle();
  const ssize_t got = ::recv(client.fd(), all, sizeof all, 0);
  ASSERT_GT(got, 0);
  const std::string text(all, static_cast<std::size_t>(got));
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = text.find("\r\n\r\n/p" + std::to_string(i) + (i < 49 ? "HTTP" : ""), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Loop, ReadsARequestInPieces) {
  TestServer server;
  Client client = server.connect();
  for (char c : post("/echo", "body")) {
    client.send({&c, 1});
    server.settle();
  }
  EXPECT_THAT(client.answer(), EndsWith("\r\n\r\nbody"));
  EXPECT_THAT(client.send(get("/a")).answer(), EndsWith("/a"));
}

TEST(Loop, ReadsBodiesOfEverySize) {
  TestServer server;
  Client client = server.connect();
  for (const std::size_t size : {0u, 1u, 16'000u, 16'384u, 70'000u, 1'048'576u}) {
    const std::string body(size, 'b');
    EXPECT_TRUE(client.send(post("/echo", body)).answer().ends_with("\r\n\r\n" + body)) << size;
  }
}

TEST(Loop, ReadsChunkedBodies) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  server.settle();
  client.send("2\r\nde\r\n0\r\n\r\n" + get("/next"));
  EXPECT_THAT(client.answer(), EndsWith("\r\n\r\nabcde"));
  EXPECT_THAT(client.answer(), EndsWith("/next"));
}

TEST(Loop, AnswersHeadWithoutABody) {
  TestServer server;
  Client client = server.connect();
  client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = client.answer(true);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_THAT(client.send(get("/b")).answer(), StartsWith("HTTP/1.1 200"));
}

TEST(Loop, NoContentHasNoLength) {
  TestServer server;
  Client client = server.connect();
  EXPECT_THAT(client.send(get("/none")).answer(), Not(HasSubstr("Content-Length")));
}

TEST(Loop, ClosesWhenAsked) {
  TestServer server;
  for (const std::string& request : {get("/a", "Connection: close\r\n"), get("/close")}) {
    const std::string answer = server.connect().send(request).read_to_end();
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  }
}

TEST(Loop, ClosesForHttp10UnlessAskedToKeep) {
  TestServer server;
  EXPECT_THAT(server.connect().send("GET /a HTTP/1.0\r\n\r\n").read_to_end(), EndsWith("/a"));
  Client client = server.connect();
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(client.answer(), HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(client.send(get("/b")).answer(), EndsWith("/b"));
}

TEST(Loop, NeverAnswersBytesAfterAnError) {
  TestServer server;
  const std::string all =
      server.connect().send("GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get("/b")).read_to_end();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("200 OK")));
  EXPECT_EQ(server.handler.handled, 0);
}

TEST(Loop, AnExceptionOfTheHandlerIsA500) {
  TestServer server;
  EXPECT_THAT(server.connect().send(get("/throw")).read_to_end(), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(server.connect().send(get("/a")).answer(), EndsWith("/a"));
}

TEST(Loop, AnswersTheLastRequestAfterTheClientClosedItsSide) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/a") + get("/b"));
  client.end_writing();
  EXPECT_THAT(client.read_to_end(), EndsWith("/b"));
}

TEST(Loop, SurvivesClientsThatDisconnect) {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    Client client = server.connect();
    client.send(i % 2 ? get("/later") : get("/big") + get("/big"));
    client.reset();
  }
  server.settle();
  server.handler.finish();
  EXPECT_THAT(server.connect().send(get("/a")).answer(), EndsWith("/a"));
}

TEST(Expectation, GetsContinueAfterAdmission) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(client.send("hi").answer(), EndsWith("\r\n\r\nhi"));
  EXPECT_EQ(server.handler.admitted, 1);
}

TEST(Expectation, GetsNoContinueWithoutAdmission) {
  TestServer server;
  const std::string all =
      server.connect()
          .send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
          .read_to_end();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(all, HasSubstr("Connection: close"));
}

TEST(Expectation, OfAnythingElseIs417) {
  TestServer server;
  EXPECT_THAT(server.connect().send(post("/echo", "hi", "Expect: tea\r\n")).read_to_end(),
              StartsWith("HTTP/1.1 417"));
}

TEST(Admission, IsSkippedForCompleteBodies) {
  TestServer server;
  EXPECT_THAT(server.connect().send(post("/no", "hi")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(server.handler.admitted, 0);
}

TEST(Admission, RefusedBodiesAreDiscarded) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
  EXPECT_THAT(client.answer(), AllOf(StartsWith("HTTP/1.1 401"), Not(HasSubstr("Connection: close"))));
  client.send(std::string(65536, 'x') + get("/a"));
  EXPECT_THAT(client.answer(), EndsWith("/a"));
}

TEST(Admission, RefusedBodiesBeyondTheDrainLimitClose) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("Connection: close")));
}

TEST(Admission, RefusedChunkedBodiesAreDiscardedToo) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_THAT(client.answer(), HasSubstr("X-Body: -1"));
  client.send("3\r\nabc\r\n0\r\n\r\n" + get("/a"));
  EXPECT_THAT(client.answer(), EndsWith("/a"));
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.answer();
  client.send("10001\r\n" + std::string(65537, 'x'));
  EXPECT_TRUE(client.is_ended());
}

TEST(Body, TooLargeIsRefusedBeforeReading) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4194305\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(server.handler.admitted, 0);
}

TEST(Later, ResponsesAreSentWhenTheyAreReady) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/later?1") + get("/after"));
  server.handler.await_waiting(1);
  server.settle();
  EXPECT_EQ(client.peek(), "");
  EXPECT_EQ(server.handler.handled, 1) << "the next request waits for the response";
  server.handler.finish();
  EXPECT_THAT(client.answer(), EndsWith("later 1"));
  EXPECT_THAT(client.answer(), EndsWith("/after"));
}

TEST(Later, ManyResponsesInOneBurst) {
  TestServer server;
  std::vector<Client> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get("/later?" + std::to_string(i)));
  }
  server.handler.await_waiting(30);
  server.handler.finish();
  for (int i = 0; i < 30; ++i) EXPECT_THAT(clients[i].answer(), EndsWith("later " + std::to_string(i)));
}

TEST(Later, PipelinedRequestsAreHandledOneByOne) {
  TestServer server;
  Client client = server.connect();
  client.send(get("/later?1") + get("/later?2") + get("/later?3"));
  for (int i = 1; i <= 3; ++i) {
    server.handler.await_waiting(static_cast<std::size_t>(i));
    server.handler.finish();
    EXPECT_THAT(client.answer(), EndsWith("later " + std::to_string(i)));
  }
}

TEST(Later, HeadAndCloseAreRemembered) {
  TestServer server;
  Client client = server.connect();
  client.send("HEAD /later?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  server.handler.await_waiting(1);
  server.handler.finish();
  const std::string answer = client.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(Later, ResponsesToClosedConnectionsAreDropped) {
  TestServer server;
  {
    Client client = server.connect();
    client.send(get("/later?gone"));
    server.handler.await_waiting(1);
    client.reset();
  }
  server.settle();
  Client other = server.connect();  // gets the slot of the first connection
  other.send(get("/later?here"));
  server.handler.await_waiting(2);
  server.handler.finish();
  EXPECT_THAT(other.answer(), EndsWith("later here"));
}

TEST(Output, RequestsOfAPeerThatDoesNotReadWait) {
  TestServer server;
  Client client = server.connect();
  std::string burst;
  for (int i = 0; i < 400; ++i) burst += get("/big");  // 40 MB of responses
  client.send(burst);
  server.settle();
  EXPECT_LT(server.handler.handled, 200);
  const std::string all = client.send(get("/close")).read_to_end();
  EXPECT_EQ(server.handler.handled, 401);
  EXPECT_GT(all.size(), 40'000'000u);
}

// A grace that no test waits out: join() returns only if the loop ends before it.
constexpr Duration kEndlessGrace = std::chrono::hours(24);

TEST(Drain, WaitsForRequestsInFlight) {
  TestServer server;
  Client idle = server.connect();
  Client busy = server.connect();
  busy.send(get("/later?x"));
  server.handler.await_waiting(1);
  server.drain(kEndlessGrace);
  server.advance(kDrainIdle);
  EXPECT_TRUE(idle.is_ended());
  server.handler.finish();
  EXPECT_THAT(busy.read_to_end(), AllOf(HasSubstr("Connection: close"), EndsWith("later x")));
  server.join();
}

// A client that has just connected, or been answered, may have sent its next request.
TEST(Drain, AnswersWhatIsOnTheWay) {
  for (const bool is_answered : {false, true}) {
    TestServer server;
    Client client = server.connect();
    if (is_answered) {
      client.send(get("/first"));
      EXPECT_THAT(client.answer(), HasSubstr("200 OK"));
    }
    server.settle();
    server.drain(kEndlessGrace);
    server.settle();
    server.advance(kDrainIdle - Duration(1));
    client.send(get("/x"));
    EXPECT_THAT(client.read_to_end(), AllOf(HasSubstr("200 OK"), HasSubstr("Connection: close")));
    server.join();
  }
}

TEST(Drain, GivesUpAfterTheGrace) {
  TestServer server;
  Client busy = server.connect();
  busy.send(get("/later?x"));
  server.handler.await_waiting(1);
  server.drain(Duration(20));
  server.join();
}

TEST(Drain, OfAnEmptyLoopIsImmediate) {
  TestServer server;
  server.drain(kEndlessGrace);
  server.join();
}

TEST(Tasks, RunOnTheLoop) {
  TestServer server;
  server.settle();
}

}  // namespace
}  // namespace porchlight::http
