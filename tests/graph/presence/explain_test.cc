// GET …/presence/explain: content, and which inputs each caller sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kExplain = "/porchlight/v1/users/" + to_string(kAna) + "/presence/explain";

std::string session(std::string_view id, std::string_view availability, std::string_view activity) {
  return R"({"sessionId":")" + std::string(id) + R"(","availability":")" + std::string(availability) +
         R"(","activity":")" + std::string(activity) + R"(","expirationDuration":"PT1H"})";
}

class Explain : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(server.post(kAnaPath + "/setPresence", server.writer(), session("1", "Away", "Away")).status,
              200);
    ASSERT_EQ(
        server.post(kAnaPath + "/setPresence", server.writer(kAppB), session("2", "Busy", "InACall")).status,
        200);
  }
  TestServer server;
};

TEST_F(Explain, ShowsAllInputsToTheUser) {
  const Answer answer =
      server.get("/porchlight/v1/me/presence/explain", server.user(kAna, {"Presence.Read"}));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.state(), "Busy/InACall");
  EXPECT_EQ(answer.at("/rule"), "bestSession");
  EXPECT_EQ(answer.at("/inputs/0/standing"), "outranked");
  EXPECT_EQ(answer.at("/inputs/0/appId"), to_string(kAppA));
  EXPECT_EQ(answer.at("/inputs/1/standing"), "wins");
  EXPECT_EQ(answer.at("/inputs/1/appId"), to_string(kAppB));
  EXPECT_EQ(answer.at("/next/availability"), "Offline");
  EXPECT_EQ(answer.at("/next/rule"), "noLiveSession");
}

TEST_F(Explain, ShowsAllInputsToApplicationsThatMayWrite) {
  const Answer answer = server.get(kExplain, server.writer());
  EXPECT_EQ(answer.at("/inputs/0/kind"), "session");
  EXPECT_EQ(answer.at("/inputs/1/kind"), "session");
}

TEST_F(Explain, ShowsReadersOnlyTheirOwnInputs) {
  const Answer own = server.get(kExplain, server.token({.app = kAppA, .roles = {"Presence.Read.All"}}));
  EXPECT_EQ(own.at("/rule"), "bestSession");
  EXPECT_EQ(own.at("/inputs/0/standing"), "outranked");
  EXPECT_THAT(own.body, Not(HasSubstr(to_string(kAppB))));
  const Answer other = server.get(kExplain, server.user(kBen, {"Presence.Read.All"}));
  EXPECT_EQ(other.state(), "Busy/InACall");
  EXPECT_THAT(other.body, HasSubstr(R"("inputs":[])"));
}

TEST_F(Explain, ShowsWhenAPreferenceExpires) {
  server.post(kAnaPath + "/setUserPreferredPresence", server.writer(),
              R"({"availability":"DoNotDisturb","activity":"DoNotDisturb","expirationDuration":"PT10M"})");
  const Answer answer = server.get(kExplain, server.writer());
  EXPECT_EQ(answer.at("/rule"), "preferred");
  EXPECT_EQ(answer.at("/next/activity"), "InACall");
  EXPECT_THAT(answer.body, HasSubstr(R"("kind":"preference","standing":"wins")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("standing":"behindPreference")"));
}

TEST_F(Explain, RefusesCallersWhoMayNotRead) {
  EXPECT_EQ(server.get(kExplain, "").status, 401);
  EXPECT_EQ(server.get(kExplain, server.user(kBen, {"Presence.Read"})).status, 403);
  EXPECT_EQ(server.get("/porchlight/v1/users/nobody@contoso.test/presence/explain", server.reader()).status,
            404);
  EXPECT_EQ(server.get(kExplain, server.token({.tenant = kFabrikam, .roles = {"Presence.Read.All"}})).status,
            404);
}

}  // namespace
}  // namespace porchlight::graph
