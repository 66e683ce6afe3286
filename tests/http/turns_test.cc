// Fair turns of the connections of a loop, over real sockets. A Pause makes everything arrive before the loop looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "http/http2_client.h"
#include "http/test_server.h"
#include "http/work_share.h"

namespace porchlight::http {
namespace {

using testing::EndsWith;

// Requests that use up a share when their responses are empty.
constexpr int kRequestsOfShare = kWorkShare / kWorkOfRequest;

std::string repeated(const std::string& request, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += request;
  return all;
}

std::vector<Client> signed_in(TestServer& server, std::size_t count, char tenant) {
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get(std::string("/login?") + tenant)).answer();
  }
  return clients;
}

// The number of requests that were handled before the response, without those before `since`.
int handled_before(const std::string& response, int since) {
  return std::stoi(response.substr(response.rfind("\r\n") + 2)) - since - 1;
}

TEST(Turns, ATenantWaitsForOneRequestOfAnother) {
  TestServer server(Limits{.unauthenticated_per_address = 1000});
  std::vector<Client> flood = signed_in(server, 100, 'a');
  std::vector<Client> own = signed_in(server, 1, 'b');
  const int before = server.handler.handled;
  Pause pause(server);
  pause.await();
  for (Client& client : flood) client.send(get("/big"));
  own[0].send(get("/handled"));
  pause.end();
  EXPECT_LE(handled_before(own[0].answer(), before), 1);
}

TEST(Turns, APipelineEndsWithItsShare) {
  TestServer server;
  Client pipeline = server.connect();
  Client other = server.connect();
  Pause pause(server);
  pause.await();
  pipeline.send(repeated(get("/none"), 4 * kRequestsOfShare));
  other.send(get("/handled"));
  pause.end();
  EXPECT_EQ(handled_before(other.answer(), 0), kRequestsOfShare);
  pipeline.read_until("204", 4 * kRequestsOfShare);
}

TEST(Turns, TheStreamsOfAConnectionShareItsTurn) {
  TestServer server;
  Http2Client streams(server.connect());
  streams.send(get2(1, "/login")).answer(1);
  Client other = server.connect();
  std::string burst;
  for (std::uint32_t stream = 3; stream < 180; stream += 2) burst += get2(stream, "/none");
  Pause pause(server);
  pause.await();
  streams.send(burst);
  other.send(get("/handled"));
  pause.end();
  EXPECT_EQ(handled_before(other.answer(), 1), kRequestsOfShare);
  EXPECT_EQ(streams.status(179), "204");
}

TEST(Turns, AConnectionWhoseTurnEndedGoesOnWithoutNewInput) {
  TestServer server;
  Client client = server.connect();
  client.send(repeated(get("/none"), 10 * kRequestsOfShare) + get("/last"));
  EXPECT_THAT(client.read_until("/last"), EndsWith("/last"));
}

TEST(Turns, ManyMessagesLeaveRoomForRequests) {
  TestServer server;
  Client client = server.connect();
  std::vector<int> handled;
  Pause first(server);
  first.await();
  Pause second(server);
  for (int i = 0; i < 200; ++i) server.post([&] { handled.push_back(server.handler.handled); });
  first.end();
  second.await();  // the loop has taken all messages
  client.send(get("/a"));
  second.end();
  client.answer();
  server.settle();
  ASSERT_EQ(handled.size(), 200u);
  EXPECT_EQ(handled.front(), 0);
  EXPECT_EQ(handled.back(), 1);
}

}  // namespace
}  // namespace porchlight::http
