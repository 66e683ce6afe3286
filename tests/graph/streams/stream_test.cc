// Streams over real sockets: events, permissions, ends and limits; tickets; WebSockets.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <thread>

#include "graph/streams/stream_session.h"
#include "graph/streams/stream_target.h"
#include "support/graph/test_server.h"
#include "support/stream_client.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kStream = "/porchlight/v1/stream";
const Guid kStreamTeam = *parse_guid("70000000-0000-4000-8000-000000000007");
const Guid kStreamDan = *parse_guid("da000000-0000-4000-8000-00000000000d");

using HeaderLines = std::vector<std::string>;
using ClientPtr = std::unique_ptr<StreamClient>;

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token; }

ClientPtr follow(TestServer& server, const std::string& query, const std::string& token,
                 HeaderLines more = {}) {
  if (!token.empty()) more.push_back(bearer(token));
  return std::make_unique<StreamClient>(server.port(), std::string(kStream) + query, more);
}

const HeaderLines kUpgrade = {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};

ClientPtr open_websocket(TestServer& server, const std::string& query, const std::string& token,
                         HeaderLines more = {}) {
  more.insert(more.end(), kUpgrade.begin(), kUpgrade.end());
  return follow(server, query, token, std::move(more));
}

std::string users(std::initializer_list<Guid> ids) {
  std::string query = "?users=";
  for (const Guid& id : ids) query += to_string(id) + ",";
  query.pop_back();
  return query;
}

void set_streamed(TestServer& server, const Guid& user, std::string_view availability,
                  std::string_view activity) {
  const std::string body = std::string(R"({"sessionId":"s","expirationDuration":"PT1H","availability":")") +
                           std::string(availability) + R"(","activity":")" + std::string(activity) + "\"}";
  const Answer answer =
      server.post("/v1.0/users/" + to_string(user) + "/presence/setPresence", server.writer(), body);
  ASSERT_EQ(answer.status, 200) << answer.body;
}
void set_busy(TestServer& server, const Guid& user) { set_streamed(server, user, "Busy", "InACall"); }
void set_available(TestServer& server, const Guid& user) {
  set_streamed(server, user, "Available", "Available");
}

// What a read of this person gives.
std::string read(TestServer& server, const Guid& user, const std::string& token) {
  const Answer answer =
      server.send("POST", "/v1.0/communications/getPresencesByUserId", token,
                  {"Accept: application/json;odata.metadata=none", "Content-Type: application/json"},
                  R"({"ids":[")" + to_string(user) + "\"]}");
  const std::size_t begin = answer.body.find('[') + 1;
  return answer.body.substr(begin, answer.body.rfind(']') - begin);
}

void pass_snapshot(StreamClient& client) { ASSERT_TRUE(client.next("ready")); }

std::string error_code(const StreamEvent& event) {
  Answer answer;
  answer.body = event.data;
  return answer.at("/code");
}

TEST(Stream, SendsTheSnapshotAndThenChanges) {
  TestServer server;
  set_available(server, kBen);
  const auto client = follow(server, users({kAna, kBen}), server.reader());
  EXPECT_EQ(client->status(), 200);
  EXPECT_THAT(client->head(), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(client->head(), HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(client->head(), Not(HasSubstr("Content-Length")));
  EXPECT_EQ(client->next()->data, R"({"users":2})");
  const auto first = client->next();
  EXPECT_EQ(first->name, "presence");
  EXPECT_EQ(first->data, read(server, kAna, server.reader()));
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader()));
  EXPECT_EQ(client->next()->name, "ready");
  set_busy(server, kAna);
  set_busy(server, kCleo);
  const auto change = client->next();
  EXPECT_EQ(change->data, read(server, kAna, server.reader()));
  EXPECT_NE(change->id, first->id);
  set_busy(server, kAna);
  EXPECT_FALSE(client->has_event(50)) << "a renewed session is not visible";
  server.advance(5min - 1ms);
  EXPECT_FALSE(client->has_event(20));
  server.advance(1ms);
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader())) << "changes by time are sent as well";
}

TEST(Stream, SelectsPeopleInFourWays) {
  TestServer server;
  server.put_group(kStreamTeam, {kAna, kCleo});
  const std::string ana = server.user(kAna, {"Presence.Read.All"});
  for (const auto& [query, count] : {std::pair<std::string, std::string>{"?users=ana@contoso.example", "1"},
                                     {"?group=" + to_string(kStreamTeam), "2"},
                                     {"?tenant", "3"},
                                     {"?me", "1"}}) {
    EXPECT_EQ(follow(server, query, ana)->next()->data, "{\"users\":" + count + "}") << query;
  }
}

TEST(Stream, RefusesInvalidRequests) {
  TestServer server;
  std::string many = "?users=" + to_string(kAna);
  for (std::size_t i = 0; i < 200; ++i) many += "," + to_string(kAna);
  struct Row {
    std::string query;
    std::string token;
    int status;
    HeaderLines fields = {};
  };
  const std::string reader = server.reader();
  const Row rows[] = {
      {"", reader, 400},
      {"?users=", reader, 400},
      {"?me", reader, 400},
      {"?tenant&me", reader, 400},
      {"?users=nobody@contoso.example", reader, 404},
      {"?users=nobody@contoso.example", server.user(kAna, {"Presence.Read"}), 403},
      {"?group=x", reader, 400},
      {"?group=" + to_string(kStreamTeam), reader, 404},
      {"?tenant", server.user(kAna, {"Presence.Read"}), 403},
      {"?me", server.user(kAna, {"Presence.Read"}), 200},
      {users({kBen}), server.user(kAna, {"Presence.Read"}), 403},
      {users({kBen}), server.token({.roles = {"User.Read.All"}}), 403},
      {"?me&$select=id", server.user(kAna, {"Presence.Read"}), 400},
      {"?tenant", reader, 406, {"Accept: application/json"}},
      {"?tenant", reader, 200, {"Accept: text/event-stream"}},
      {"?tenant", "", 401},
      {"?tenant&access_token=" + reader, "", 401},
      {many, reader, 200},
  };
  for (const Row& row : rows)
    EXPECT_EQ(follow(server, row.query, row.token, row.fields)->status(), row.status) << row.query;
  EXPECT_EQ(server.send("HEAD", std::string(kStream) + "?tenant", reader).status, 200);
}

TEST(Stream, ResumesWithTheChangesSince) {
  TestServer server;
  auto client = follow(server, users({kAna, kBen, kCleo}), server.reader());
  const std::string id = client->next("ready")->id;
  client.reset();
  set_busy(server, kBen);
  for (const auto& next :
       {follow(server, users({kAna, kBen, kCleo}), server.reader(), {"Last-Event-ID: " + id}),
        follow(server, users({kAna, kBen, kCleo}) + "&lastEventId=" + id, server.reader())}) {
    EXPECT_EQ(next->next()->data, read(server, kBen, server.reader()));
    EXPECT_EQ(next->next()->name, "ready");
  }
  for (const std::string other : {"nonsense", "AAAA"}) {
    const auto again =
        follow(server, users({kAna, kBen, kCleo}), server.reader(), {"Last-Event-ID: " + other});
    EXPECT_EQ(again->next()->name, "snapshot");
  }
  EXPECT_EQ(follow(server, users({kAna, kBen}), server.reader(), {"Last-Event-ID: " + id})->next()->name,
            "snapshot")
      << "an id of other people";
}

TEST(Stream, EndsWithItsToken) {
  TestServer server;
  const auto client =
      follow(server, "?tenant", server.token({.roles = {"Presence.Read.All"}, .life = 10min}));
  pass_snapshot(*client);
  server.advance(10min - 1ms);
  EXPECT_FALSE(client->has_event(20));
  server.advance(1ms);
  EXPECT_EQ(client->next("end")->data, R"({"reason":"tokenExpired"})");
  EXPECT_FALSE(client->next());
}

TEST(Stream, EndsWhenTheServerStops) {
  TestServer server;
  const auto client = follow(server, "?tenant", server.reader());
  pass_snapshot(*client);
  const auto socket = open_websocket(server, "?tenant", server.reader());
  pass_snapshot(*socket);
  server.close_waits();
  EXPECT_EQ(client->next("end")->data, R"({"reason":"stopping"})");
  EXPECT_FALSE(client->next());
  EXPECT_EQ(socket->next("end")->data, R"({"reason":"stopping"})");
  EXPECT_FALSE(socket->next());
  EXPECT_EQ(socket->close_code(), 1001);
  EXPECT_EQ(follow(server, "?tenant", server.reader())->status(), 503);
}

TEST(Stream, EndsWithItsTenantAndItsGroup) {
  TestServer server;
  server.put_group(kStreamTeam, {kAna});
  const auto group = follow(server, "?group=" + to_string(kStreamTeam), server.reader());
  pass_snapshot(*group);
  server.change({{kContoso, kStreamTeam, directory::GroupRemoved{}}});
  EXPECT_EQ(group->next("end")->data, R"({"reason":"notAllowed"})");
}

// An administrator ends the streams of one user, who may open them again.
TEST(Stream, EndsForAnAdministrator) {
  TestServer server;
  const auto open = [&](const Guid& user) {
    auto client = follow(server, "?tenant", server.user(user, {"Presence.Read.All"}));
    pass_snapshot(*client);
    return client;
  };
  const auto of_ben = open(kBen), of_ana = open(kAna);
  server.end_streams(kBen);
  EXPECT_EQ(of_ben->next("end")->data, R"({"reason":"notAllowed"})");
  const auto again = open(kBen);
  set_busy(server, kCleo);
  for (const auto* client : {&of_ana, &again})
    EXPECT_EQ((*client)->next("presence")->data, read(server, kCleo, server.reader()));
}

// If more users are ended than are remembered, all streams that are open end.
TEST(StreamEnds, RememberABoundedNumberOfUsers) {
  StreamEnds ends;
  const auto user = [](std::uint64_t number) {
    Guid id;
    std::memcpy(id.bytes.data(), &number, 8);
    return state::UserKey{kContoso, id};
  };
  const std::uint64_t opened = ends.last();
  for (std::uint64_t i = 1; i <= kStreamEndsMax; ++i) ends.end(user(i));
  EXPECT_TRUE(ends.has_ended(user(1), opened));
  EXPECT_FALSE(ends.has_ended(user(0), opened));
  EXPECT_FALSE(ends.has_ended(user(1), ends.last()));
  ends.end(user(kStreamEndsMax + 1));
  EXPECT_TRUE(ends.has_ended(user(0), opened));
  EXPECT_FALSE(ends.has_ended(user(0), ends.last()));
}

// Whatever it follows, a stream ends when its application or its user is removed.
TEST(Stream, EndsWithItsApplicationAndItsUser) {
  const std::string ended = R"({"reason":"notAllowed"})";
  for (const std::string& query :
       {std::string("?tenant"), users({kCleo}), "?group=" + to_string(kStreamTeam)}) {
    TestServer server;
    server.put_group(kStreamTeam, {kCleo});
    const auto of_app = follow(server, query, server.token({.app = kAppB, .roles = {"Presence.Read.All"}}));
    const auto of_ben = follow(server, query, server.user(kBen, {"Presence.Read.All"}));
    const auto of_ana = follow(server, query, server.user(kAna, {"Presence.Read.All"}));
    const auto socket = open_websocket(server, query, server.user(kBen, {"Presence.Read.All"}));
    for (const auto* client : {&of_app, &of_ben, &of_ana, &socket}) pass_snapshot(**client);
    server.remove_user(kBen);
    EXPECT_EQ(of_ben->next("end")->data, ended) << query;
    EXPECT_EQ(socket->next("end")->data, ended) << query;
    server.change({{kContoso, kAppB, directory::AppRemoved{}}});
    EXPECT_EQ(of_app->next("end")->data, ended) << query;
    set_busy(server, kCleo);
    EXPECT_EQ(of_ana->next("presence")->data, read(server, kCleo, server.reader())) << query;
  }
}

TEST(Stream, EndsWhenItsTokenIsRevoked) {
  const std::string ended = R"({"reason":"notAllowed"})";
  for (const std::string& query :
       {std::string("?tenant"), users({kCleo}), "?group=" + to_string(kStreamTeam)}) {
    TestServer server;
    server.put_group(kStreamTeam, {kCleo});
    const auto of_app = follow(server, query, server.token({.app = kAppB, .roles = {"Presence.Read.All"}}));
    const auto of_ben = follow(server, query, server.user(kBen, {"Presence.Read.All"}));
    const auto of_ana = follow(server, query, server.user(kAna, {"Presence.Read.All"}));
    const auto socket = open_websocket(server, query, server.user(kBen, {"Presence.Read.All"}));
    for (const auto* client : {&of_app, &of_ben, &of_ana, &socket}) pass_snapshot(**client);
    server.revoke(kBen);
    EXPECT_EQ(of_ben->next("end")->data, ended) << query;
    EXPECT_EQ(socket->next("end")->data, ended) << query;
    server.revoke(kAppB);
    EXPECT_EQ(of_app->next("end")->data, ended) << query;
    set_busy(server, kCleo);
    EXPECT_EQ(of_ana->next("presence")->data, read(server, kCleo, server.reader())) << query;
  }
}

TEST(Stream, ATicketOfARevokedTokenIsRefused) {
  TestServer server;
  const std::string token = server.user(kBen, {"Presence.Read"});
  const std::string ticket = server.post("/porchlight/v1/streamTicket", token, "").at("/ticket");
  server.revoke(kBen);
  EXPECT_EQ(follow(server, "?me&ticket=" + ticket, "")->status(), 401);
  EXPECT_EQ(server.post("/porchlight/v1/streamTicket", token, "").status, 401);
}

TEST(Stream, ATicketEndsWithItsUser) {
  TestServer server;
  const std::string ticket =
      server.post("/porchlight/v1/streamTicket", server.user(kBen, {"Presence.Read"}), "").at("/ticket");
  server.remove_user(kBen);
  EXPECT_EQ(follow(server, "?me&ticket=" + ticket, "")->status(), 401);
}

TEST(Stream, FollowsTheMembersOfAGroup) {
  TestServer server;
  server.put_group(kStreamTeam, {kAna, kBen});
  const auto client = follow(server, "?group=" + to_string(kStreamTeam), server.reader());
  pass_snapshot(*client);
  server.put_group(kStreamTeam, {kBen, kCleo});
  EXPECT_EQ(client->next("removed")->data, R"({"id":")" + to_string(kAna) + "\"}");
  EXPECT_EQ(client->next()->data, read(server, kCleo, server.reader()));
  set_busy(server, kAna);
  set_busy(server, kCleo);
  EXPECT_EQ(client->next()->data, read(server, kCleo, server.reader()));
}

TEST(Stream, ABreakBetweenTwoRemovalsSendsAllPeopleAgain) {
  for (const bool they_come_back : {false, true}) {
    TestServer server;
    server.put_group(kStreamTeam, {kAna, kBen, kCleo});
    auto client = follow(server, "?group=" + to_string(kStreamTeam), server.reader());
    std::string last_id = client->next("ready")->id;
    server.put_group(kStreamTeam, {kCleo});
    const auto first = client->next("removed");
    if (!first->id.empty()) last_id = first->id;
    if (they_come_back) server.put_group(kStreamTeam, {kAna, kBen, kCleo});
    client =
        follow(server, "?group=" + to_string(kStreamTeam), server.reader(), {"Last-Event-ID: " + last_id});
    EXPECT_EQ(client->next()->name, "snapshot");
  }
}

TEST(Stream, ABreakAfterTheSnapshotSendsAllPeopleAgain) {
  TestServer server;
  auto client = follow(server, users({kAna, kBen}), server.reader());
  const std::string known = client->next("ready")->id;
  client = follow(server, users({kAna, kBen}), server.reader());
  const std::string nothing = client->next("snapshot")->id;
  EXPECT_NE(nothing, known);
  client = follow(server, users({kAna, kBen}), server.reader(), {"Last-Event-ID: " + nothing});
  EXPECT_EQ(client->next()->data, read(server, kAna, server.reader()));
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader()));
}

TEST(Stream, FollowsThePeopleOfATenant) {
  TestServer server;
  const auto client = follow(server, "?tenant", server.reader());
  pass_snapshot(*client);
  server.add_user(kStreamDan, "dan@contoso.example");
  EXPECT_EQ(client->next()->data, read(server, kStreamDan, server.reader()));
  set_busy(server, kStreamDan);
  EXPECT_EQ(client->next()->data, read(server, kStreamDan, server.reader()));
  server.remove_user(kStreamDan);
  EXPECT_EQ(client->next()->data, R"({"id":")" + to_string(kStreamDan) + "\"}");
}

// A tenant that is read in several portions: the snapshot, a resumption, and what changes meanwhile.
class LargeTenant : public testing::Test {
 protected:
  static constexpr std::size_t kPeople = 4 * watch::kPeoplePerCall;
  void SetUp() override {
    std::vector<Guid> ids;
    for (std::size_t i = 0; i < kPeople; ++i) ids.push_back(guid_from_name(std::to_string(i)));
    server_.add_users(ids);
  }
  // The ids in the events up to `last`, by the events' name.
  static std::multimap<std::string, std::string> ids_until(StreamClient& client, const std::string& last) {
    std::multimap<std::string, std::string> ids;
    for (auto event = client.next(); event && event->name != last; event = client.next()) {
      Answer answer;
      answer.body = event->data;
      ids.emplace(event->name, event->name == "snapshot" ? "" : answer.at("/id"));
    }
    return ids;
  }

  TestServer server_;
};

TEST_F(LargeTenant, IsReadAFewPeopleAtATime) {
  auto client = follow(server_, "?tenant", server_.reader());
  EXPECT_EQ(client->next("snapshot")->data, fmt::format(R"({{"users":{}}})", kPeople + 3));
  EXPECT_EQ(ids_until(*client, "ready").count("presence"), kPeople + 3);
  EXPECT_GT(server_.most_people(), 0u);
  EXPECT_LE(server_.most_people(), watch::kPeoplePerCall);
}

TEST_F(LargeTenant, IsComparedAFewPeopleAtATime) {
  const std::string id = follow(server_, "?tenant", server_.reader())->next("ready")->id;
  set_busy(server_, kBen);
  const auto client = follow(server_, "?tenant&lastEventId=" + id, server_.reader());
  const auto ids = ids_until(*client, "ready");
  EXPECT_EQ(ids.count("snapshot"), 0u);
  EXPECT_LE(ids.size(), kPeople / 8) << "only the part of one changed person is sent";
  EXPECT_THAT(ids, testing::Contains(testing::Pair("presence", to_string(kBen))));
  EXPECT_EQ(server_.most_people(), watch::kPeoplePerCall);
}

// Other people than those that the client has: all are sent.
TEST_F(LargeTenant, IsNotResumedWithOtherPeople) {
  const std::string id = follow(server_, "?tenant", server_.reader())->next("ready")->id;
  server_.add_user(kStreamDan, "dan@contoso.example");
  const auto client = follow(server_, "?tenant&lastEventId=" + id, server_.reader());
  EXPECT_EQ(client->next()->name, "snapshot");
  EXPECT_EQ(ids_until(*client, "ready").count("presence"), kPeople + 4);
}

// Users who are added and removed, and presences that change, while the tenant is read.
TEST_F(LargeTenant, LosesNoChangeWhileItIsRead) {
  const std::string known = follow(server_, "?tenant", server_.reader())->next("ready")->id;
  for (const std::string& resume : {std::string(), "&lastEventId=" + known}) {
    const auto client = follow(server_, "?tenant" + resume, server_.reader());
    set_busy(server_, kBen);
    server_.add_user(kStreamDan, "dan@contoso.example");
    set_available(server_, kBen);
    server_.remove_user(guid_from_name("7"));
    const Guid last = *parse_guid("ffffffff-0000-4000-8000-00000000000d");
    server_.add_user(last, "last@contoso.example");
    std::map<std::string, std::string> seen;
    while (!seen.contains(to_string(last))) {
      const auto event = client->next("presence");
      ASSERT_TRUE(event);
      Answer answer;
      answer.body = event->data;
      seen[answer.at("/id")] = event->data;
    }
    EXPECT_EQ(seen[to_string(kBen)], read(server_, kBen, server_.reader()));
    EXPECT_TRUE(seen.contains(to_string(kStreamDan)));
    server_.remove_user(last);
    server_.remove_user(kStreamDan);
    server_.add_user(guid_from_name("7"), "seven@contoso.example");
  }
}

TEST(Stream, FollowsNamedPeopleWhoAreAddedAndRemoved) {
  TestServer server;
  const auto client = follow(server, users({kStreamDan}), server.reader());
  EXPECT_THAT(client->next("presence")->data, HasSubstr("PresenceUnknown"));
  server.add_user(kStreamDan, "dan@contoso.example");
  EXPECT_THAT(client->next("presence")->data, HasSubstr("Offline"));
  server.remove_user(kStreamDan);
  EXPECT_THAT(client->next("presence")->data, HasSubstr("PresenceUnknown"));
}

// A presence that a plan ends, over both transports. The stream of a caller who may not see it has no plan.
TEST(Stream, SendsWhenAPlanEndsAndNotThatASessionIsRenewed) {
  TestServer server;
  const auto prefer = [&](std::string_view life) {
    const Answer answer = server.post(
        kAnaPath + "/setUserPreferredPresence", server.writer(),
        fmt::format(R"({{"availability":"Away","activity":"Away","expirationDuration":"{}"}})", life));
    ASSERT_EQ(answer.status, 200) << answer.body;
  };
  set_busy(server, kAna);
  const auto sse = follow(server, users({kAna}), server.reader());
  const auto socket = open_websocket(server, users({kAna}), server.reader());
  for (StreamClient* client : {sse.get(), socket.get()}) {
    EXPECT_THAT(client->next("presence")->data, Not(HasSubstr("validUntil")));
    pass_snapshot(*client);
  }
  prefer("PT1H");
  set_busy(server, kAna);
  prefer("PT2H");
  for (StreamClient* client : {sse.get(), socket.get()}) {
    EXPECT_THAT(client->next()->data,
                HasSubstr(R"(,"@porchlight.validUntil":"2030-01-07T10:00:00.0000000Z"})"));
    EXPECT_THAT(client->next()->data, HasSubstr("T11:00:00"));
  }
  server.set_audience(kAna, kHidden);
  for (StreamClient* client : {sse.get(), socket.get()})
    EXPECT_THAT(client->next()->data, Not(HasSubstr("validUntil")));
  prefer("PT3H");
  EXPECT_FALSE(sse->has_event(50));
}

// While the preference shows, the end of a session is not seen; but it changes what follows the preference.
TEST(Stream, SendsAPlanThatChangesByTimeAlone) {
  TestServer server;
  const auto write = [&](const Guid& app, std::string_view action, std::string_view body) {
    ASSERT_EQ(server.post(kAnaPath + std::string(action), server.writer(app), body).status, 200) << body;
  };
  write(kAppA, "/setPresence",
        R"({"sessionId":"s","availability":"Available","activity":"Available","expirationDuration":"PT1H"})");
  write(kAppB, "/setPresence",
        R"({"sessionId":"s","availability":"Away","activity":"Away","expirationDuration":"PT4H"})");
  write(kAppB, "/setUserPreferredPresence",
        R"({"availability":"Available","activity":"Available","expirationDuration":"PT2H"})");
  const auto client = follow(server, users({kAna}), server.reader());
  EXPECT_THAT(client->next("presence")->data, Not(HasSubstr("validUntil")));
  pass_snapshot(*client);
  server.advance(1h);
  EXPECT_THAT(client->next()->data, AllOf(HasSubstr("Available"), HasSubstr(":\"2030-01-07T11:00:00")));
  server.advance(1h);
  EXPECT_THAT(client->next()->data, AllOf(HasSubstr("Away"), Not(HasSubstr("validUntil"))));
}

TEST(Stream, RevealsNoHiddenChange) {
  TestServer server;
  server.set_audience(kAna, kHidden);
  const auto client = follow(server, users({kAna, kBen}), server.reader());
  EXPECT_THAT(client->next("presence")->data, HasSubstr("PresenceUnknown"));
  const std::string id = client->next("ready")->id;
  set_busy(server, kAna);
  set_available(server, kAna);
  server.advance(30min);
  EXPECT_FALSE(client->has_event(50));
  const auto again = follow(server, users({kAna, kBen}), server.reader(), {"Last-Event-ID: " + id});
  EXPECT_EQ(again->next()->id, id) << "nothing is sent again, and the digest is the same";
  server.set_audience(kAna, {});
  EXPECT_EQ(client->next()->data, read(server, kAna, server.reader()));
}

TEST(Stream, LimitsAUserToTenAndAnApplicationToAThousand) {
  TestServer server;
  const std::string ana = server.user(kAna, {"Presence.Read"});
  std::vector<ClientPtr> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(follow(server, "?me", ana));
    EXPECT_EQ(open.back()->status(), 200);
  }
  const auto beyond = follow(server, "?me", ana);
  EXPECT_EQ(beyond->status(), 429);
  EXPECT_THAT(beyond->head(), HasSubstr("Retry-After: 10\r\n"));
  EXPECT_EQ(follow(server, "?me", server.user(kBen, {"Presence.Read"}))->status(), 200);
  const std::string other_app = server.token({.app = kAppB, .user = kAna, .scopes = {"Presence.Read"}});
  EXPECT_EQ(follow(server, "?me", other_app)->status(), 200);
  open.pop_back();
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (follow(server, "?me", ana)->status() != 200) ASSERT_LT(std::chrono::steady_clock::now(), patience);
}

// A stream counts as the bulk reads of its people, by its query or by a message.
TEST(Stream, CostsRequestsByThePeopleItFollows) {
  struct Row {
    std::size_t people;
    int remain;  // of the budget of 20
  };
  for (const auto& [count, remain] : {Row{650, 19}, {651, 18}, {1300, 18}, {1301, 17}}) {
    TestServer server({{20, 30s}, {0, 30s}, {0, 10s}});
    std::vector<Guid> people;
    for (std::size_t i = 3; i < count; ++i) people.push_back(guid_from_name(std::to_string(i)));
    server.add_users(people);
    const auto client = follow(server, "?tenant", server.reader());
    EXPECT_EQ(client->next()->data, fmt::format(R"({{"users":{}}})", count));
    int reads = 0;
    while (server.get(kAnaPath, server.reader()).status == 200) ++reads;
    EXPECT_EQ(reads, remain) << count;
    people.insert(people.end(), {kAna, kBen, kCleo});
    server.put_group(kStreamTeam, people);
    const std::string other_app = server.token({.app = kAppB, .roles = {"Presence.Read.All"}});
    const auto socket = open_websocket(server, "", other_app);
    socket->say(R"({"subscribe":{"group":")" + to_string(kStreamTeam) + R"("}})");
    EXPECT_EQ(socket->next("subscribed")->data, fmt::format(R"({{"users":{}}})", count));
    reads = 0;
    while (server.get(kAnaPath, other_app).status == 200) ++reads;
    EXPECT_EQ(reads, remain - 1) << "the message is a request";
  }
}

TEST(Stream, EndsForASlowReaderAfterAHundredMissedChanges) {
  TestServer server;
  std::vector<Guid> people;
  for (int i = 0; i < 20'000; ++i) people.push_back(guid_from_name(std::to_string(i)));
  server.add_users(people);
  for (const bool past_the_limit : {false, true}) {
    // The snapshot exceeds the socket buffers, so the stream stalls in it.
    StreamClient client(server.port(), std::string(kStream) + "?tenant", {bearer(server.reader())}, 4096);
    server.await_wait_count(1);
    const auto change = [&](std::size_t i) {
      i % 2 == 0 ? set_available(server, kAna) : set_busy(server, kAna);
      return server.wait_count() == 0;  // the server ended it
    };
    std::size_t changes = 0;
    bool is_ended = false;
    for (; changes < kMissedChangesMax; ++changes) is_ended |= change(changes);
    EXPECT_FALSE(is_ended);
    // Missed changes count from the stall on.
    constexpr std::size_t kChangesMax = 100'000;
    while (past_the_limit && !is_ended && changes < kChangesMax) is_ended = change(changes++);
    EXPECT_EQ(is_ended, past_the_limit);
    const auto last = client.next(past_the_limit ? "end" : "ready");
    ASSERT_TRUE(last);
    if (past_the_limit) {
      EXPECT_EQ(last->data, R"({"reason":"slow"})");
    }
  }
}

TEST(Stream, IsBehindUntilItsClientHasReadTheLastPage) {
  TestServer server;
  std::vector<Guid> people;
  for (int i = 0; i < 20'000; ++i) people.push_back(guid_from_name(std::to_string(i)));
  server.add_users(people);
  const auto await_behind = [&](std::uint64_t streams) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;  // reached only if the test fails
    while (server.streams_behind() != streams && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    EXPECT_EQ(server.streams_behind(), streams);
  };
  // The snapshot exceeds the socket buffers.
  const std::string path = std::string(kStream) + "?tenant";
  {
    StreamClient reads(server.port(), path, {bearer(server.reader())}, 4096);
    await_behind(1);
    // The client takes a change 5 s after it happened. Those of the snapshot have no delay. A page that the socket
    // takes before the clock is set forward has a delay of 0.
    EXPECT_EQ(server.sse_delays().first, 0u);
    set_busy(server, kAna);
    server.advance(5s);
    EXPECT_TRUE(reads.next("ready"));
    await_behind(0);
    const auto [pages, delays] = server.sse_delays();
    EXPECT_GE(delays, 5s);
    EXPECT_LE(delays, pages * 5s);
    StreamClient leaves(server.port(), path, {bearer(server.reader())}, 4096);
    await_behind(1);
  }
  await_behind(0);
}

TEST(Stream, ASlowReaderResumesWithoutLoss) {
  TestServer server;
  std::vector<Guid> people;
  for (int i = 0; i < 20'000; ++i) people.push_back(guid_from_name(std::to_string(i)));
  server.add_users(people);
  std::map<std::string, std::string> picture;
  std::string last_id;
  const auto apply_event = [&](const StreamEvent& event) {
    Answer data;
    data.body = event.data;
    if (event.name == "snapshot") picture.clear();
    if (event.name == "presence") picture[data.at("/id")] = event.data;
    if (!event.id.empty()) last_id = event.id;
  };
  {
    StreamClient slow(server.port(), std::string(kStream) + "?tenant", {bearer(server.reader())}, 4096);
    server.await_wait_count(1);
    for (int i = 0; server.wait_count() != 0; ++i)
      i % 2 == 0 ? set_available(server, kAna) : set_busy(server, kAna);
    while (const auto event = slow.next()) apply_event(*event);
  }
  EXPECT_LT(picture.size(), 20'003u) << "the stream was ended in the middle";
  set_busy(server, kBen);
  const auto again = follow(server, "?tenant", server.reader(), {"Last-Event-ID: " + last_id});
  for (auto event = again->next(); event && event->name != "ready"; event = again->next())
    apply_event(*event);
  EXPECT_EQ(picture.size(), 20'003u);
  for (const Guid& person : {kAna, kBen, people.front(), people.back()})
    EXPECT_EQ(picture[to_string(person)], read(server, person, server.reader()));
}

TEST(Stream, ATicketIsValidOnceAndForAShortTime) {
  TestServer server;
  const std::string ana = server.user(kAna, {"Presence.Read"});
  const auto ticket = [&] {
    const Answer answer = server.post("/porchlight/v1/streamTicket", ana, "");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.at("/expiresInSeconds"), "60");
    return answer.at("/ticket");
  };
  const auto status = [&](const std::string& text) {
    return follow(server, "?me&ticket=" + text, "")->status();
  };
  const std::string first = ticket();
  EXPECT_EQ(status(first), 200);
  EXPECT_EQ(status(first), 401) << "used twice";
  const std::string second = ticket();
  server.advance(60s - 1ms);
  EXPECT_EQ(status(second), 200);
  const std::string third = ticket();
  server.advance(60s);
  EXPECT_EQ(status(third), 401);
  std::string forged = ticket();
  forged[5] = forged[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(status(forged), 401);
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(follow(server, users({kBen}) + "&ticket=" + ticket(), "")->status(), 403)
      << "a ticket grants no more than its token";
  EXPECT_EQ(server.send("GET", "/v1.0/me/presence?ticket=" + ticket(), "").status, 401)
      << "a ticket is valid for streams only";
  EXPECT_EQ(server.post("/porchlight/v1/streamTicket", "", "").status, 401);
}

TEST(Stream, EndsWithTheTokenOfItsTicket) {
  TestServer server;
  const std::string token =
      server.token({.user = kAna, .scopes = {"Presence.Read"}, .life = std::chrono::seconds(90)});
  const std::string ticket = server.post("/porchlight/v1/streamTicket", token, "").at("/ticket");
  const auto client = follow(server, "?me&ticket=" + ticket, "");
  pass_snapshot(*client);
  server.advance(90s);
  EXPECT_EQ(client->next("end")->data, R"({"reason":"tokenExpired"})");
}

TEST(Socket, PerformsTheHandshake) {
  TestServer server;
  const auto client = open_websocket(server, "", server.reader());
  EXPECT_EQ(client->status(), 101);
  EXPECT_THAT(client->head(), HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(client->head(), HasSubstr("Connection: Upgrade\r\n"));
  EXPECT_THAT(client->head(), HasSubstr("Upgrade: websocket\r\n"));
  struct Row {
    HeaderLines fields;
    int status;
  };
  const std::string own = "Origin: http://127.0.0.1:" + std::to_string(server.port());
  const Row rows[] = {
      {{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 12",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="},
       426},
      {{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"}, 400},
      {{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"},
       400},
      {{kUpgrade[0], kUpgrade[1], kUpgrade[2], kUpgrade[3], own}, 101},
      {{kUpgrade[0], kUpgrade[1], kUpgrade[2], kUpgrade[3], "Origin: https://evil.example"}, 403},
      {{kUpgrade[0], kUpgrade[1], kUpgrade[2], kUpgrade[3], "Origin: null"}, 403},
  };
  for (const Row& row : rows)
    EXPECT_EQ(follow(server, "", server.reader(), row.fields)->status(), row.status);
  EXPECT_THAT(follow(server, "", server.reader(), rows[0].fields)->head(),
              HasSubstr("Sec-WebSocket-Version: 13\r\n"));
  EXPECT_EQ(open_websocket(server, "", "")->status(), 401);
}

// Proxies split the list, add members to it, and write it in any letter case (RFC 9110 §5.3).
TEST(Socket, FindsTheUpgradeInAllFields) {
  TestServer server;
  struct UpgradeRow {
    HeaderLines fields;
    int status;
  };
  const UpgradeRow rows[] = {
      {{"Connection: keep-alive", "Connection: Upgrade", "Upgrade: websocket"}, 101},
      {{"Connection: Upgrade", "Connection: keep-alive", "Upgrade: websocket"}, 101},
      {{"Connection: keep-alive, Upgrade", "Upgrade: websocket"}, 101},
      {{"connection: UPGRADE,keep-alive", "upgrade: WebSocket"}, 101},
      {{"Connection: a, b", "Connection: c , upgrade", "Upgrade: websocket"}, 101},
      {{"Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"}, 101},
      {{"Connection: Upgrade", "Upgrade: h2c, websocket"}, 101},
      {{"Connection: keep-alive", "Upgrade: websocket"}, 400},
      {{"Connection: keep-alive", "Connection: x-upgrade", "Upgrade: websocket"}, 400},
      {{"Connection: Upgrade"}, 400},
      {{"Connection: Upgrade", "Upgrade: websockets"}, 400},
      {{"Connection: keep-alive Upgrade", "Upgrade: websocket"}, 400},
  };
  for (const UpgradeRow& row : rows) {
    HeaderLines fields = row.fields;
    fields.insert(fields.end(), {kUpgrade[2], kUpgrade[3]});
    EXPECT_EQ(follow(server, "", server.reader(), fields)->status(), row.status) << row.fields.front();
  }
}

TEST(Stream, ProxiesDoNotHoldEventsBack) {
  TestServer server;
  const HeaderLines accepts = {"Accept-Encoding: gzip, identity;q=0"};
  const auto client = follow(server, "?tenant", server.reader(), accepts);
  EXPECT_THAT(client->head(), HasSubstr("\r\nX-Accel-Buffering: no\r\n"));
  EXPECT_THAT(client->head(), HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_THAT(client->head(), Not(HasSubstr("Content-Encoding")));
  EXPECT_EQ(server.send("HEAD", "/porchlight/v1/stream?tenant", server.reader()).header("x-accel-buffering"),
            "no");
  EXPECT_EQ(server.get(kAnaPath, server.reader()).header("x-accel-buffering"), "");
}

TEST(Socket, SubscribesByMessage) {
  TestServer server;
  const auto client = open_websocket(server, "", server.reader());
  EXPECT_EQ(client->next("ready")->data, R"({"users":0})");
  client->say(R"({"subscribe":{"users":[")" + to_string(kAna) + R"(","ben@contoso.example"]}})");
  EXPECT_EQ(client->next("subscribed")->data, R"({"users":2})");
  EXPECT_EQ(client->next()->data, read(server, kAna, server.reader()));
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader()));
  set_busy(server, kBen);
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader()));
  client->say(R"({"unsubscribe":{"users":[")" + to_string(kBen) + R"("]}})");
  EXPECT_EQ(client->next("subscribed")->data, R"({"users":1})");
  EXPECT_EQ(client->next("removed")->data, R"({"id":")" + to_string(kBen) + "\"}");
  set_available(server, kBen);
  set_busy(server, kAna);
  EXPECT_EQ(client->next()->data, read(server, kAna, server.reader()));
  server.put_group(kStreamTeam, {kCleo});
  client->say(R"({"subscribe":{"group":")" + to_string(kStreamTeam) + R"("}})");
  EXPECT_EQ(client->next("presence")->data, read(server, kCleo, server.reader()));
}

TEST(Socket, RefusesToRemovePeopleFromAGroup) {
  TestServer server;
  server.put_group(kStreamTeam, {kAna, kBen});
  const auto client = open_websocket(server, "?group=" + to_string(kStreamTeam), server.reader());
  ASSERT_TRUE(client->next("ready"));
  client->say(R"({"unsubscribe":{"users":[")" + to_string(kBen) + R"("]}})");
  EXPECT_EQ(error_code(*client->next("error")), "InvalidArgument");
  client->say(R"({"unsubscribe":{"users":[]}})");
  EXPECT_EQ(client->next()->data, R"({"users":2})");
  set_busy(server, kBen);
  EXPECT_EQ(client->next()->data, read(server, kBen, server.reader()));
}

// The limit counts the names of one message, and the people of the stream.
TEST(Socket, SubscribesToAtMost650People) {
  TestServer server;
  const auto subscribe = [](std::size_t names, std::size_t first, std::size_t step = 1) {
    std::string message = R"({"subscribe":{"users":[)";
    for (std::size_t i = 0; i < names; ++i)
      message += fmt::format(R"({}"b0000000-0000-4000-8000-{:012}")", i == 0 ? "" : ",", first + i * step);
    return message + "]}}";
  };
  const auto client = open_websocket(server, "", server.reader());
  ASSERT_TRUE(client->next("ready"));
  client->say(subscribe(kStreamUsersMax + 1, 0, 0));  // one person
  EXPECT_EQ(error_code(*client->next("error")), "InvalidArgument");
  client->say(subscribe(kStreamUsersMax, 0));
  EXPECT_EQ(client->next("subscribed")->data, R"({"users":650})");
  client->say(subscribe(1, kStreamUsersMax));
  EXPECT_EQ(error_code(*client->next("error")), "InvalidArgument");
}

TEST(Socket, ReportsWhyAMessageIsRefused) {
  TestServer server;
  const auto client = open_websocket(server, "", server.user(kAna, {"Presence.Read"}));
  for (const auto& [message, code] : {
           std::pair{R"({"subscribe":{}})", "InvalidArgument"},
           {R"({"subscribe":{"users":["ben@contoso.example"]}})", "Forbidden"},
           {R"({"subscribe":{"users":["nobody@contoso.example"]}})", "Forbidden"},
           {R"({"setPresence":{"sessionId":"s","availability":"Busy","activity":"InACall"}})", "Forbidden"},
           {R"({"setPresence":{"availability":"Busy","activity":"InACall"}})", "InvalidArgument"},
       }) {
    client->say(message);
    const auto error = client->next("error");
    ASSERT_TRUE(error) << message;
    EXPECT_EQ(error_code(*error), code) << message;
  }
  client->say(R"({"subscribe":{"users":["ana@contoso.example"]}})");
  EXPECT_TRUE(client->next("subscribed")) << "the stream continues";
}

TEST(Socket, ClosesWithTheCodeOfTheFault) {
  TestServer server;
  struct Row {
    std::string raw;
    int code;
  };
  const std::string mask(4, '\0');
  const Row rows[] = {
      {"\x81\x81" + mask + "{", 1007},
      {std::string("\x81\x82") + mask + "[]", 1007},
      {std::string("\x81\x82") + mask + "{}", 1008},
      {"\x81\x01x", 1002},
      {"\x82\x81" + mask + "x", 1003},
      {"\x81\x81" + mask + "\xFF", 1007},
      {std::string("\x81\xFF\0\0\0\0\0\1\0\1", 10) + mask + std::string(65537, 'x'), 1009},
  };
  for (const Row& row : rows) {
    const auto client = open_websocket(server, "", server.reader());
    pass_snapshot(*client);
    client->send_raw(row.raw);
    while (client->next()) {
    }
    EXPECT_EQ(client->close_code(), row.code);
  }
}

TEST(Socket, EndsWithItsToken) {
  TestServer server;
  const auto client =
      open_websocket(server, "?tenant", server.token({.roles = {"Presence.Read.All"}, .life = 10min}));
  pass_snapshot(*client);
  server.advance(10min);
  EXPECT_EQ(client->next("end")->data, R"({"reason":"tokenExpired"})");
  EXPECT_FALSE(client->next());
  EXPECT_EQ(client->close_code(), 4401);
}

TEST(Socket, RenewsASessionWhileItIsOpen) {
  TestServer server;
  const std::string app = server.token({.app = kAppB, .roles = {"Presence.ReadWrite.All"}});
  auto client = open_websocket(server, "", app);
  pass_snapshot(*client);
  client->say(R"({"setPresence":{"user":"ana@contoso.example","sessionId":"s","availability":"Available",)"
              R"("activity":"Available"}})");
  ASSERT_EQ(client->next("presenceSet")->data, R"({"sessionId":"s"})");
  const auto state = [&] {
    return server.get("/v1.0/users/" + to_string(kAna) + "/presence", server.reader()).state();
  };
  const auto becomes = [&](const std::string& wanted) {
    const auto patience = std::chrono::steady_clock::now() + 5s;
    while (state() != wanted && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    return state();
  };
  for (int minute = 0; minute < 30; ++minute) {
    server.advance(1min);
    EXPECT_EQ(becomes("Available/Available"), "Available/Available") << minute;
    server.wait_count();
  }
  client.reset();
  server.await_wait_count(0);
  server.advance(1min);
  EXPECT_EQ(state(), "Available/Available") << "the session outlives the connection by its life";
  server.advance(5min);
  EXPECT_EQ(state(), "Offline/Offline");
}

TEST(Socket, RenewsTheCallersOwnSession) {
  TestServer server;
  const auto client =
      open_websocket(server, "?me", server.user(kAna, {"Presence.ReadWrite", "Presence.Read"}));
  pass_snapshot(*client);
  client->say(R"({"setPresence":{"sessionId":"s","availability":"Busy","activity":"InACall"}})");
  EXPECT_THAT(client->next("presence")->data, HasSubstr("InACall"));
  client->say(R"({"setPresence":{"user":"ben@contoso.example","sessionId":"s","availability":"Busy",)"
              R"("activity":"InACall"}})");
  EXPECT_TRUE(client->next("error"));
}

}  // namespace
}  // namespace porchlight::graph
