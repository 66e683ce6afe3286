// Prefer: porchlight.freshness: the annotations, and what they reveal to each caller.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kAsk = "Prefer: porchlight.freshness";

std::string path_of(const Guid& user) { return "/v1.0/users/" + to_string(user) + "/presence"; }

// "validUntil inputAge known"
std::string freshness_of(const Answer& answer, const std::string& at = "") {
  return answer.at(at + "/@porchlight.validUntil") + " " + answer.at(at + "/@porchlight.inputAge") + " " +
         answer.at(at + "/@porchlight.known");
}

class Freshness : public testing::Test {
 protected:
  Answer ask(const std::string& target, const std::string& token, const std::string& prefer = kAsk) {
    return server_.send("GET", target, token, {prefer});
  }
  std::string fresh(const Guid& user) { return freshness_of(ask(path_of(user), server_.reader())); }
  void set_busy(const Guid& user) {
    EXPECT_EQ(server_
                  .post(path_of(user) + "/setPresence", server_.writer(),
                        R"({"sessionId":"s","availability":"Busy","activity":"InACall"})")
                  .status,
              200);
  }

  TestServer server_;
};

TEST_F(Freshness, HasAgeAndValidity) {
  set_busy(kAna);
  server_.advance(90s);
  const Answer answer = ask(path_of(kAna), server_.reader());
  EXPECT_EQ(answer.at("/@porchlight.asOf"), "2030-01-07T09:01:30.0000000Z");
  EXPECT_EQ(freshness_of(answer), "2030-01-07T09:05:00.0000000Z PT1M30S true");
  EXPECT_EQ(answer.header("preference-applied"), "porchlight.freshness");
  EXPECT_EQ(answer.state(), "Busy/InACall");
  server_.advance(4min);
  EXPECT_EQ(fresh(kAna), "null null true");
}

TEST_F(Freshness, DistinguishesUnknownFromOffline) {
  const Answer answer = ask(path_of(kBen), server_.reader());
  EXPECT_EQ(answer.state(), "Offline/Offline");
  EXPECT_EQ(freshness_of(answer), "null null false");
}

TEST_F(Freshness, IsAbsentWithoutThePreference) {
  set_busy(kAna);
  const Answer plain = server_.get(path_of(kAna), server_.reader());
  EXPECT_THAT(plain.body, Not(HasSubstr("porchlight.")));
  EXPECT_EQ(plain.header("preference-applied"), "");
  for (const std::string prefer : {"Prefer: odata.maxpagesize=5", "Prefer: porchlight.freshness2",
                                   "Prefer: porchlight.freshness=no", "Prefer: freshness", "Prefer: ,;"}) {
    EXPECT_EQ(ask(path_of(kAna), server_.reader(), prefer).body, plain.body) << prefer;
  }
}

TEST_F(Freshness, IsFoundAmongOtherPreferences) {
  for (const std::string prefer :
       {"prefer: Porchlight.Freshness", "Prefer: odata.maxpagesize=5, porchlight.freshness",
        "Prefer: porchlight.freshness; a=b,x", "Prefer:  porchlight.freshness ,respond-async"}) {
    EXPECT_EQ(freshness_of(ask(path_of(kAna), server_.reader(), prefer)), "null null false") << prefer;
  }
  const Answer twice = server_.send("GET", path_of(kAna), server_.reader(), {"Prefer: respond-async", kAsk});
  EXPECT_EQ(freshness_of(twice), "null null false");
}

TEST_F(Freshness, InEveryKindOfRead) {
  set_busy(kAna);
  const std::string busy = "2030-01-07T09:05:00.0000000Z PT0S true";
  const Answer both = ask("/v1.0/communications/presences/" + to_string(kAna), server_.reader());
  EXPECT_EQ(freshness_of(both), busy);
  EXPECT_EQ(freshness_of(both, "/value/0"), busy);
  EXPECT_EQ(freshness_of(ask("/beta/me/presence", server_.user(kAna, {"Presence.Read"}))), busy);
  const Answer list = ask("/v1.0/communications/presences", server_.reader());
  EXPECT_EQ(list.header("preference-applied"), "porchlight.freshness");
  EXPECT_EQ(freshness_of(list, "/value/0"), busy);
  EXPECT_EQ(freshness_of(list, "/value/1"), "null null false");
  const Answer bulk = server_.send("POST", "/v1.0/communications/getPresencesByUserId", server_.reader(),
                                   {kAsk, "Content-Type: application/json"},
                                   R"({"ids":[")" + to_string(kZoe) + R"(",")" + to_string(kAna) + R"("]})");
  EXPECT_EQ(bulk.header("preference-applied"), "porchlight.freshness");
  EXPECT_EQ(freshness_of(bulk, "/value/0"), "null null false") << "unknown user";
  EXPECT_EQ(freshness_of(bulk, "/value/1"), busy);
  EXPECT_EQ(bulk.at("/@porchlight.asOf"), "(absent)");
}

TEST_F(Freshness, IsAddedToASelection) {
  EXPECT_EQ(freshness_of(ask(path_of(kAna) + "?$select=activity", server_.reader())), "null null false");
}

TEST_F(Freshness, CountsTheMessageForItsOwnerOnly) {
  set_busy(kAna);
  const std::string own = server_.user(kAna, {"Presence.ReadWrite"});
  server_.advance(1min);
  const Answer set = server_.post(
      "/v1.0/me/presence/setStatusMessage", own,
      R"({"statusMessage":{"message":{"content":"x"},"expiryDateTime":{"dateTime":"2030-01-07T09:02:00","timeZone":"UTC"}}})");
  ASSERT_EQ(set.status, 200) << set.body;
  server_.advance(30s);
  EXPECT_EQ(freshness_of(ask("/v1.0/me/presence", own)), "2030-01-07T09:02:00.0000000Z PT30S true");
  EXPECT_EQ(fresh(kAna), "2030-01-07T09:05:00.0000000Z PT1M30S true");
}

TEST_F(Freshness, DoesNotRevealMaskedPresences) {
  server_.set_audience(kAna, {presence::VisibleTo::kNobody, presence::OthersSee::kHidden, {}, {}});
  server_.set_audience(kBen, {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}});
  set_busy(kCleo);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fresh(kAna), "null null false");
    EXPECT_EQ(fresh(kBen), "null null true");
    set_busy(kAna);
    set_busy(kBen);
  }
  server_.advance(10min);
  EXPECT_EQ(fresh(kCleo), "null null true") << "a user who is really offline";
}

}  // namespace
}  // namespace porchlight::graph
