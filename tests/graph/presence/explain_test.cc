// Explain over the wire: what it says, and to whom.
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

TEST_F(Explain, ThePersonLearnsAll) {
  const Answer told = server.get("/porchlight/v1/me/presence/explain", server.user(kAna, {"Presence.Read"}));
  ASSERT_EQ(told.status, 200) << told.body;
  EXPECT_EQ(told.state(), "Busy/InACall");
  EXPECT_EQ(told.at("/rule"), "bestSession");
  EXPECT_EQ(told.at("/inputs/0/standing"), "outranked");
  EXPECT_EQ(told.at("/inputs/0/appId"), to_string(kAppA));
  EXPECT_EQ(told.at("/inputs/1/standing"), "wins");
  EXPECT_EQ(told.at("/inputs/1/appId"), to_string(kAppB));
  EXPECT_EQ(told.at("/next/availability"), "Offline");
  EXPECT_EQ(told.at("/next/rule"), "noLiveSession");
}

TEST_F(Explain, AnApplicationThatMayWriteLearnsAll) {
  const Answer told = server.get(kExplain, server.writer());
  EXPECT_EQ(told.at("/inputs/0/kind"), "session");
  EXPECT_EQ(told.at("/inputs/1/kind"), "session");
}

TEST_F(Explain, AReaderLearnsOfWhatItSetItself) {
  const Answer own = server.get(kExplain, server.token({.app = kAppA, .roles = {"Presence.Read.All"}}));
  EXPECT_EQ(own.at("/rule"), "bestSession");
  EXPECT_EQ(own.at("/inputs/0/standing"), "outranked");
  EXPECT_THAT(own.body, Not(HasSubstr(to_string(kAppB))));
  const Answer other = server.get(kExplain, server.user(kBen, {"Presence.Read.All"}));
  EXPECT_EQ(other.state(), "Busy/InACall");
  EXPECT_THAT(other.body, HasSubstr(R"("inputs":[])"));
}

TEST_F(Explain, APreferenceSaysWhenItRunsOut) {
  server.post(kAnaPath + "/setUserPreferredPresence", server.writer(),
              R"({"availability":"DoNotDisturb","activity":"DoNotDisturb","expirationDuration":"PT10M"})");
  const Answer told = server.get(kExplain, server.writer());
  EXPECT_EQ(told.at("/rule"), "preferred");
  EXPECT_EQ(told.at("/next/activity"), "InACall");
  EXPECT_THAT(told.body, HasSubstr(R"("kind":"preference","standing":"wins")"));
  EXPECT_THAT(told.body, HasSubstr(R"("standing":"behindPreference")"));
}

TEST_F(Explain, RefusesAsReadingDoes) {
  EXPECT_EQ(server.get(kExplain, "").status, 401);
  EXPECT_EQ(server.get(kExplain, server.user(kBen, {"Presence.Read"})).status, 403);
  EXPECT_EQ(server.get("/porchlight/v1/users/nobody@contoso.test/presence/explain", server.reader()).status,
            404);
  EXPECT_EQ(server.get(kExplain, server.token({.tenant = kFabrikam, .roles = {"Presence.Read.All"}})).status,
            404);
}

}  // namespace
}  // namespace porchlight::graph
