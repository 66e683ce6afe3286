// Writes of presence: sessions and preferences, and their expiry on a manual clock.
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

std::string user_path(const Guid& user) { return "/v1.0/users/" + to_string(user) + "/presence"; }

std::string set_body(std::string_view session, std::string_view availability, std::string_view activity,
                     std::string_view life = "") {
  std::string body = R"({"sessionId":")" + std::string(session) + R"(","availability":")" +
                     std::string(availability) + R"(","activity":")" + std::string(activity) + '"';
  if (!life.empty()) body += R"(,"expirationDuration":")" + std::string(life) + '"';
  return body + "}";
}

// Ana's presence, written by two applications.
class Writes : public testing::Test {
 protected:
  Answer set(const Guid& app, std::string_view availability, std::string_view activity,
             std::string_view life = "", std::string_view session = "desk") {
    return server.post(user_path(kAna) + "/setPresence", server.writer(app),
                       set_body(session, availability, activity, life));
  }
  Answer clear(const Guid& app, std::string_view session = "desk") {
    return server.post(user_path(kAna) + "/clearPresence", server.writer(app),
                       R"({"sessionId":")" + std::string(session) + "\"}");
  }
  Answer prefer(std::string_view availability, std::string_view activity) {
    return server.post(user_path(kAna) + "/setUserPreferredPresence", server.writer(),
                       R"({"availability":")" + std::string(availability) + R"(","activity":")" +
                           std::string(activity) + "\"}");
  }
  Answer read() { return server.get(user_path(kAna), server.reader()); }
  void expect_seen(std::string_view state) { EXPECT_EQ(read().state(), state); }

  TestServer server;
};

TEST_F(Writes, SetReturnsNoBodyAndIsVisibleAtOnce) {
  const Answer answer = set(kAppA, "Busy", "InACall", "PT1H");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.header("content-length"), "0");
  EXPECT_EQ(answer.header("content-type"), "");
  EXPECT_TRUE(parse_guid(answer.header("request-id")));
  expect_seen("Busy/InACall");
}

TEST_F(Writes, AvailableFadesAndExpires) {
  set(kAppA, "Available", "Available", "PT1H");
  expect_seen("Available/Available");
  server.advance(5min - 1ms);
  expect_seen("Available/Available");
  server.advance(1ms);
  expect_seen("Available/AvailableInactive");
  server.advance(5min);
  expect_seen("Away/Away");
  server.advance(50min - 1ms);
  expect_seen("Away/Away");
  server.advance(1ms);
  expect_seen("Offline/Offline");
}

TEST_F(Writes, SessionsExpireAfterFiveMinutesByDefault) {
  set(kAppA, "Busy", "InACall");
  server.advance(5min - 1ms);
  expect_seen("Busy/InACall");
  server.advance(1ms);
  expect_seen("Offline/Offline");
}

TEST_F(Writes, TheBestSessionOfTwoApplicationsShows) {
  set(kAppA, "Available", "Available", "PT1H");
  server.advance(1min);
  set(kAppB, "Busy", "InACall", "PT10M");
  expect_seen("Busy/InACall");
  server.advance(10min);
  expect_seen("Away/Away");
}

TEST_F(Writes, ClearEndsOnlySessionsOfTheSameApplication) {
  set(kAppA, "Busy", "InACall", "PT1H");
  const Answer other = clear(kAppB);
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.code(), "NotFound");
  expect_seen("Busy/InACall");
  EXPECT_EQ(clear(kAppA).status, 200);
  expect_seen("Offline/Offline");
  EXPECT_EQ(clear(kAppA).status, 404);
}

TEST_F(Writes, VisibleChangesIncreaseTheSequenceNumber) {
  const std::string before = read().at("/sequenceNumber");
  set(kAppA, "Available", "Available", "PT1H");
  const std::string set_once = read().at("/sequenceNumber");
  EXPECT_LT(before, set_once);
  set(kAppA, "Available", "Available", "PT1H");
  EXPECT_EQ(read().at("/sequenceNumber"), set_once) << "a keep-alive is no visible change";
  set(kAppB, "Away", "Away", "PT1H");
  EXPECT_EQ(read().at("/sequenceNumber"), set_once) << "nor is a session that another outranks";
  server.advance(5min);
  EXPECT_LT(set_once, read().at("/sequenceNumber")) << "fading is";
}

TEST_F(Writes, APreferenceShowsWhileASessionLives) {
  EXPECT_EQ(prefer("Busy", "Busy").status, 200);
  expect_seen("Offline/Offline");
  set(kAppA, "Available", "Available", "PT30M");
  expect_seen("Busy/Busy");
  const std::string path = user_path(kAna) + "/clearUserPreferredPresence";
  EXPECT_EQ(server.send("POST", path, server.writer()).status, 200) << "without a body and a content type";
  expect_seen("Available/Available");
  EXPECT_EQ(server.post(path, server.writer(), "{}").status, 200) << "clearing nothing succeeds";
}

TEST_F(Writes, EveryPathOfAPresenceAcceptsActions) {
  const std::string me = server.user(kAna, {"Presence.ReadWrite"});
  for (const std::string& path : {std::string("/v1.0/me/presence"), std::string("/beta/me/presence"),
                                  user_path(kAna), std::string("/v1.0/users/ana@contoso.example/presence"),
                                  "/v1.0/communications/presences/" + to_string(kAna)}) {
    EXPECT_EQ(server.post(path + "/setPresence", me, set_body("s", "Busy", "InACall", "PT1H")).status, 200)
        << path;
    EXPECT_EQ(server.get(path, me).state(), "Busy/InACall") << path;
    EXPECT_EQ(server.post(path + "/microsoft.graph.clearPresence", me, R"({"sessionId":"s"})").status, 200)
        << path;
    EXPECT_EQ(server.get(path, me).state(), "Offline/Offline") << path;
  }
}

TEST_F(Writes, DelegatedCallersWriteOnlyForThemselves) {
  const std::string ana = server.user(kAna, {"Presence.ReadWrite"});
  const Answer answer =
      server.post(user_path(kBen) + "/setPresence", ana, set_body("s", "Busy", "InACall", "PT1H"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.code(), "Unauthorized");
  EXPECT_EQ(answer.message(), "Cannot set the presence of another user");
}

TEST_F(Writes, OnlyTheFivePairsCanBeSet) {
  for (const auto& [availability, activity] : {std::pair{"Busy", "Busy"},
                                               {"Busy", "InAMeeting"},
                                               {"Offline", "Offline"},
                                               {"Away", "BeRightBack"},
                                               {"Available", "InACall"},
                                               {"BeRightBack", "BeRightBack"},
                                               {"Nonsense", "Nonsense"},
                                               {"DoNotDisturb", "DoNotDisturb"},
                                               {"Available", "OutOfOffice"}}) {
    const Answer answer = set(kAppA, availability, activity, "PT1H");
    EXPECT_EQ(answer.status, 400) << availability;
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_NE(answer.message().find(availability), std::string::npos) << answer.message();
    EXPECT_NE(answer.message().find("Busy/InAConferenceCall"), std::string::npos)
        << "lists the allowed pairs";
  }
  for (const auto& [availability, activity] : {std::pair{"Available", "Available"},
                                               {"Busy", "InACall"},
                                               {"Busy", "InAConferenceCall"},
                                               {"Away", "Away"},
                                               {"DoNotDisturb", "Presenting"},
                                               {"doNotDisturb", "PRESENTING"}}) {
    EXPECT_EQ(set(kAppA, availability, activity, "PT1H").status, 200) << availability << activity;
  }
}

TEST_F(Writes, SessionsLastFiveMinutesToFourHours) {
  for (const std::string_view life : {"PT5M", "PT4H", "PT300S", "P0DT1H", "PT239M60S"}) {
    EXPECT_EQ(set(kAppA, "Busy", "InACall", life).status, 200) << life;
  }
  for (const std::string_view life :
       {"PT4M59.999S", "PT4M59.9999999S", "PT4H0.001S", "PT4H0.0000001S", "PT0S", "-PT5M", "P1D"}) {
    const Answer answer = set(kAppA, "Busy", "InACall", life);
    EXPECT_EQ(answer.status, 400) << life;
    EXPECT_EQ(answer.code(), "InvalidArgument") << life;
    EXPECT_EQ(answer.message(), "The provided [ExpirationDuration] is out of range.") << life;
  }
  for (const std::string_view life : {"5m", "P1M", "PT", "P1W", "pt5m", "1:00:00"}) {
    const Answer answer = set(kAppA, "Busy", "InACall", life);
    EXPECT_EQ(answer.status, 400) << life;
    EXPECT_EQ(answer.code(), "BadRequest") << life;
  }
}

TEST_F(Writes, AnApplicationHasUpToSixteenSessions) {
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(set(kAppA, "Away", "Away", "PT1H", "s" + std::to_string(i)).status, 200);
  const Answer answer = set(kAppA, "Away", "Away", "PT1H", "one more");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "InvalidArgument");
  EXPECT_EQ(set(kAppA, "Busy", "InACall", "PT1H", "s3").status, 200)
      << "setting a session again is not a new one";
  EXPECT_EQ(set(kAppB, "Away", "Away", "PT1H", "one more").status, 200);
}

TEST_F(Writes, SessionIdsNeedNotBeGuids) {
  EXPECT_EQ(set(kAppA, "Busy", "InACall", "PT1H", std::string(128, 'x')).status, 200);
  const Answer answer = set(kAppA, "Busy", "InACall", "PT1H", std::string(129, 'x'));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "InvalidArgument");
}

TEST_F(Writes, SessionIdsAreLimitedInCharactersAndControls) {
  std::string accents;
  for (int i = 0; i < 128; ++i) accents += "\u00e9";
  EXPECT_EQ(set(kAppA, "Busy", "InACall", "PT1H", accents).status, 200);
  EXPECT_EQ(set(kAppA, "Busy", "InACall", "PT1H", accents + "e").code(), "InvalidArgument");
  for (const std::string_view id : {"a\\u0000b", "\\n", "\\u007f"}) {
    const Answer answer = set(kAppA, "Busy", "InACall", "PT1H", id);
    EXPECT_EQ(answer.status, 400) << id;
    EXPECT_EQ(answer.code(), "InvalidArgument") << id;
  }
}

TEST_F(Writes, LongPairsAreTruncatedInTheError) {
  const Answer answer = set(kAppA, std::string(60'000, 'x'), "InACall");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "InvalidArgument");
  EXPECT_LT(answer.body.size(), 1500u);
}

TEST_F(Writes, SignedInClientsSetAnyPairWithoutExpiry) {
  for (const auto& [availability, activity] : {std::pair{"Away", "BeRightBack"},
                                               {"Busy", "InAMeeting"},
                                               {"DoNotDisturb", "Focusing"},
                                               {"Available", "Available"},
                                               {"Offline", "OffWork"},
                                               {"BeRightBack", "BeRightBack"}}) {
    EXPECT_EQ(set(kClientApp, availability, activity).status, 200) << activity;
    server.advance(100h);
    expect_seen(std::string(availability) + "/" + activity);
  }
  EXPECT_EQ(clear(kClientApp).status, 200);
  expect_seen("Offline/Offline");
}

TEST_F(Writes, AFailingLogRefusesWritesButNotReads) {
  set(kAppA, "Busy", "InACall", "PT1H");
  server.break_log(true);
  const Answer answer = set(kAppA, "Away", "Away", "PT1H");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "ServiceUnavailable");
  EXPECT_NE(answer.header("retry-after"), "");
  expect_seen("Busy/InACall");
  server.break_log(false);
  EXPECT_EQ(set(kAppA, "Away", "Away", "PT1H").status, 200);
  expect_seen("Away/Away");
}

TEST(Clock, AdvancesForAdministratorsOnly) {
  TestServer server;
  const std::string admin = server.token({.roles = {"Porchlight.Admin"}});
  const Answer before = server.post("/porchlight/v1/clock", admin, R"({"advance":"PT0S"})");
  const Answer after = server.post("/porchlight/v1/clock", admin, R"({"advance":"PT5M"})");
  ASSERT_EQ(after.status, 200) << after.body;
  EXPECT_LT(before.at("/now"), after.at("/now"));
  EXPECT_EQ(server.post("/porchlight/v1/clock", server.writer(), R"({"advance":"PT5M"})").status, 403);
  EXPECT_EQ(
      server.post("/porchlight/v1/clock", server.user(kAna, {"Porchlight.Admin"}), R"({"advance":"PT5M"})")
          .status,
      403);
  EXPECT_EQ(server.post("/porchlight/v1/clock", admin, R"({"advance":"soon"})").status, 400);
  EXPECT_EQ(server.post("/porchlight/v1/clock", admin, R"({"advance":"-PT5M"})").status, 400);
}

TEST(Clock, DeterminesTheExpiryOfTokens) {
  TestServer server;
  const std::string token = server.token({.roles = {"Presence.Read.All"}, .life = 1h});
  server.advance(1h - 1ms);
  EXPECT_EQ(server.get(user_path(kAna), token).status, 200);
  server.advance(1h);
  const Answer expired = server.get(user_path(kAna), token);
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(expired.message(), "Lifetime validation failed, the token is expired.");
}

}  // namespace
}  // namespace porchlight::graph
