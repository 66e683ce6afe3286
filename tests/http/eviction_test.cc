// Which connection closes for a new one when there are as many as there may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "http/http2_client.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::StartsWith;

// A request whose body is incomplete.
std::string begun() { return post("/echo", "body").substr(0, post("/echo", "body").size() - 1); }

// A client that has authenticated.
Client signed_in(TestServer& server) {
  Client client = server.connect();
  client.send(get("/login")).answer();
  return client;
}

bool is_served(Client client) { return client.send(get("/a")).read_until("/a").starts_with("HTTP/1.1 200"); }

TEST(Eviction, OfTheSlowestSenderIfNoneIsIdle) {
  TestServer server(Limits{.connections = 2});
  Client slow = signed_in(server), slower = signed_in(server);
  slower.send(begun());
  server.settle();
  server.advance(seconds(1));
  slow.send(begun());
  server.settle();
  EXPECT_TRUE(is_served(server.connect()));
  EXPECT_TRUE(slower.is_ended());
  EXPECT_THAT(slow.send("y").answer(), EndsWith("body"));
}

TEST(Eviction, OfAnIdleOneBeforeASlowSender) {
  TestServer server(Limits{.connections = 2});
  Client slow = signed_in(server);
  slow.send(begun());
  server.settle();
  server.advance(seconds(1));
  Client idle = signed_in(server);
  EXPECT_TRUE(is_served(server.connect()));
  EXPECT_TRUE(idle.is_ended());
  EXPECT_THAT(slow.send("y").answer(), EndsWith("body"));
}

TEST(Eviction, OfASlowReader) {
  TestServer server(Limits{.connections = 1});
  Client slow = signed_in(server);
  std::string burst;
  for (int i = 0; i < 400; ++i) burst += get("/big");
  slow.send(burst);
  server.settle();
  EXPECT_TRUE(is_served(server.connect()));
}

TEST(Eviction, OfOneThatBeginsNothing) {
  TestServer server(Limits{.connections = 1}, nullptr, {-1, ListenerKind::kPlain, true},
                    {*IpRange::parse("127.0.0.1/32")});
  Client silent = server.connect();  // its PROXY header does not come
  Client other = server.connect();
  EXPECT_TRUE(silent.is_ended());
}

TEST(Eviction, NotOfAStreamOrARequestAtWork) {
  TestServer server(Limits{.connections = 2});
  Client stream = server.connect();
  stream.send(get("/stream")).read_until("first");
  Client waiting = server.connect();
  waiting.send(get("/later?x"));
  server.handler.await_waiting(1);
  EXPECT_TRUE(server.connect().is_ended());
  server.handler.finish();
  EXPECT_THAT(waiting.answer(), EndsWith("later x"));
  server.handler.stream().push("more");
  EXPECT_THAT(stream.read_until("more"), testing::HasSubstr("more"));
}

TEST(Eviction, FindsAnIdleOneAmongManyStreams) {
  TestServer server(Limits{.connections = 101, .unauthenticated_per_address = 1000});
  Client idle = signed_in(server);
  std::vector<Client> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(server.connect());
    streams.back().send(get("/stream")).read_until("first");
  }
  EXPECT_TRUE(is_served(server.connect()));
  EXPECT_TRUE(idle.is_ended());
}

TEST(Eviction, OfHttp2OnlyWhenAllStreamsAwaitTheClient) {
  TestServer server(Limits{.connections = 1});
  Http2Client busy(server.connect());
  busy.send(get2(1, "/login")).answer(1);
  busy.send(post2(3, "/echo") + data(3, "incomplete") + get2(5, "/later?x"));
  server.handler.await_waiting(1);
  server.settle();
  EXPECT_TRUE(server.connect().is_ended());
  server.handler.finish();
  EXPECT_EQ(busy.answer(5).body, "later x");
  EXPECT_TRUE(is_served(server.connect()));
  EXPECT_EQ(busy.answer(3).end, "closed");
}

}  // namespace
}  // namespace porchlight::http
