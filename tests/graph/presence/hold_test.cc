// What readers see while the log refuses writes and presences are held (docs/decisions/0020-hold.md): reads, streams,
// waits, delta, and the marks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/user_key.h"
#include "support/graph/test_server.h"
#include "support/stream_client.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kAskFreshness = "Prefer: porchlight.freshness";

// A user of Contoso in the shard of Ana.
Guid mate_of_ana() {
  Guid id = *parse_guid("e0000000-0000-4000-8000-000000000000");
  while (state::shard_of(kContoso, id) != state::shard_of(kContoso, kAna)) ++id.bytes[15];
  return id;
}

// Ana's session lasts from 9:00 to 9:05. From 9:01 on the log refuses writes.
class Held : public testing::Test {
 protected:
  void SetUp() override {
    server_.enable_history();
    server_.enable_hold();
    server_.add_user(kMate, "mate@contoso.example");
    server_.set_audience(kCleo, {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}});
    ASSERT_EQ(renew(kAna), 200);
  }
  int renew(const Guid& user) {
    return server_
        .post("/v1.0/users/" + to_string(user) + "/presence/setPresence", server_.writer(),
              R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT5M"})")
        .status;
  }
  void begin() {
    server_.break_log(true);
    EXPECT_EQ(renew(kMate), 503);
    server_.wait_count();
  }
  // The hold ends five minutes later.
  void repair() {
    server_.break_log(false);
    EXPECT_EQ(renew(kMate), 200);
    server_.wait_count();
  }
  Answer read(const Guid& user) {
    return server_.send("GET", "/v1.0/users/" + to_string(user) + "/presence", server_.reader(),
                        {kAskFreshness});
  }
  Answer explain() {
    return server_.get("/porchlight/v1/users/" + to_string(kAna) + "/presence/explain", server_.reader());
  }
  std::unique_ptr<StreamClient> follow(const std::string& query) {
    auto client =
        std::make_unique<StreamClient>(server_.port(), "/porchlight/v1/stream" + query,
                                       std::vector<std::string>{"Authorization: Bearer " + server_.reader()});
    EXPECT_TRUE(client->next("ready"));
    return client;
  }

  const Guid kMate = mate_of_ana();
  TestServer server_;
};

TEST_F(Held, ReadsShowThePresenceOfTheBegin) {
  server_.advance(1min);
  begin();
  server_.advance(10min);
  const Answer answer = read(kAna);
  EXPECT_EQ(answer.state(), "Busy/InACall");
  EXPECT_EQ(answer.at("/@porchlight.asOf"), "2030-01-07T09:01:00.0000000Z");
  EXPECT_EQ(answer.at("/@porchlight.validUntil"), "2030-01-07T09:31:00.0000000Z");
  EXPECT_EQ(answer.at("/@porchlight.inputAge"), "PT11M");
  const Answer several = server_.post("/v1.0/communications/getPresencesByUserId", server_.reader(),
                                      R"({"ids":[")" + to_string(kAna) + "\"]}");
  EXPECT_EQ(several.at("/value/0/availability"), "Busy");
  const Answer filtered =
      server_.get("/v1.0/communications/presences?$filter=availability%20eq%20%27Busy%27", server_.reader());
  EXPECT_EQ(filtered.at("/value/0/id"), to_string(kAna));
  server_.advance(20min - Duration(1));
  EXPECT_EQ(read(kAna).state(), "Busy/InACall");
  server_.advance(Duration(1));
  EXPECT_EQ(read(kAna).state(), "Offline/Offline");
  EXPECT_EQ(read(kAna).at("/@porchlight.asOf"), "2030-01-07T09:31:00.0000000Z");
}

TEST_F(Held, FiveMinutesAfterASuccessTheTimeIsReal) {
  server_.advance(1min);
  begin();
  server_.advance(10min);
  repair();
  EXPECT_EQ(read(kMate).at("/@porchlight.asOf"), "2030-01-07T09:11:00.0000000Z") << "it has a later event";
  EXPECT_EQ(read(kAna).at("/@porchlight.validUntil"), "2030-01-07T09:16:00.0000000Z");
  server_.advance(5min - Duration(1));
  EXPECT_EQ(read(kAna).state(), "Busy/InACall");
  server_.advance(Duration(1));
  EXPECT_EQ(read(kAna).state(), "Offline/Offline");
}

TEST_F(Held, OtherShardsAreNot) {
  server_.advance(1min);
  begin();
  server_.advance(1min);
  ASSERT_NE(state::shard_of(kContoso, kBen), state::shard_of(kContoso, kAna));
  EXPECT_EQ(read(kBen).at("/@porchlight.asOf"), "2030-01-07T09:02:00.0000000Z");
}

TEST_F(Held, ExplainSaysSo) {
  server_.advance(1min);
  EXPECT_THAT(explain().body, Not(HasSubstr("heldSince")));
  begin();
  server_.advance(2min);
  EXPECT_EQ(explain().at("/next/at"), "2030-01-07T09:05:00.0000000Z");
  server_.advance(2min);
  const Answer answer = explain();
  EXPECT_EQ(answer.at("/at"), "2030-01-07T09:05:00.0000000Z");
  EXPECT_EQ(answer.at("/heldSince"), "2030-01-07T09:01:00.0000000Z");
  EXPECT_EQ(answer.state(), "Busy/InACall");
  EXPECT_EQ(answer.at("/next/at"), "2030-01-07T09:31:00.0000000Z");
  EXPECT_EQ(answer.at("/next/availability"), "Offline");
}

// Whether a user who appears offline has renewed anything since must not show.
TEST_F(Held, AMaskHasTheMarksOfAUserWithoutInput) {
  const auto in_shard_of_cleo = [](const Guid& id) {
    return state::shard_of(kContoso, id) == state::shard_of(kContoso, kCleo);
  };
  Guid other = kMate;
  while (!in_shard_of_cleo(other)) ++other.bytes[14];
  server_.add_user(other, "other@contoso.example");
  server_.advance(1min);
  server_.break_log(true);
  EXPECT_EQ(renew(kCleo), 503);
  server_.advance(1min);
  server_.break_log(false);
  EXPECT_EQ(renew(kCleo), 200);
  server_.advance(1min);
  for (const char* const mark : {"/@porchlight.asOf", "/@porchlight.validUntil", "/@porchlight.inputAge"})
    EXPECT_EQ(read(kCleo).at(mark), read(other).at(mark)) << mark;
  EXPECT_EQ(read(kCleo).at("/@porchlight.asOf"), "2030-01-07T09:01:00.0000000Z");
}

TEST_F(Held, AStreamMarksWhatIsHeldBack) {
  const auto client = follow("?users=" + to_string(kAna));
  server_.advance(1min);
  begin();
  server_.advance(4min - Duration(1));
  EXPECT_FALSE(client->has_event(0)) << "time has changed nothing yet";
  server_.advance(Duration(1));
  const auto held = client->next("presence");
  EXPECT_THAT(held->data, HasSubstr("Busy"));
  EXPECT_THAT(held->data, HasSubstr(R"("@porchlight.asOf":"2030-01-07T09:01:00.0000000Z")"));
  server_.advance(1min);
  repair();
  server_.advance(5min - Duration(1));
  EXPECT_FALSE(client->has_event(0));
  server_.advance(Duration(1));
  const auto real = client->next("presence");
  EXPECT_THAT(real->data, HasSubstr("Offline"));
  EXPECT_THAT(real->data, Not(HasSubstr("asOf")));
}

// The session of Ana ends between the first failure and the second, which begins the hold.
TEST_F(Held, AStreamTakesBackWhatTimeHasChangedBefore) {
  ASSERT_EQ(renew(kAna), 200);
  const auto client = follow("?users=" + to_string(kAna));
  server_.refuse_log(true);
  EXPECT_EQ(renew(kAna), 503);
  server_.advance(5min);
  EXPECT_THAT(client->next("presence")->data, HasSubstr("Offline"));
  server_.advance_log(2s);
  EXPECT_EQ(renew(kAna), 503);
  server_.wait_count();
  EXPECT_THAT(client->next("presence")->data, HasSubstr("Busy"));
  server_.refuse_log(false);
  EXPECT_EQ(renew(kMate), 200);
  server_.advance(5min);
  EXPECT_THAT(client->next("presence")->data, HasSubstr("Offline"));
}

TEST_F(Held, AWaitIsMetAtTheEnd) {
  server_.advance(1min);
  begin();
  server_.advance(5min);
  const auto wire = server_.connect();
  wire->ask(
      "POST", "/porchlight/v1/waitFor", server_.reader(), {"Content-Type: application/json"},
      R"({"users":[")" + to_string(kAna) + R"("],"until":{"availability":["Offline"]},"timeout":"PT10M"})");
  server_.await_wait_count(1);
  repair();
  server_.advance(6min);
  EXPECT_EQ(wire->read_answer().at("/at"), "2030-01-07T09:11:00.0000000Z");
}

// Each round lists Ana if what reads show of her has changed, also after the hold.
TEST_F(Held, DeltaListsWhatTheEndChanges) {
  std::string link = "/v1.0/communications/presences/delta";
  const auto next_round = [&] {
    const Answer answer = server_.get(link, server_.reader());
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string full = answer.at("/@odata.deltaLink");
    link = full.substr(full.find("/v1.0"));
    return answer.body;
  };
  const std::string busy = to_string(kAna) + R"(","availability":"Busy")";
  const std::string offline = to_string(kAna) + R"(","availability":"Offline")";
  EXPECT_THAT(next_round(), HasSubstr(busy));
  server_.advance(1min);
  begin();
  server_.advance(10min);
  EXPECT_THAT(next_round(), Not(HasSubstr(to_string(kAna)))) << "still busy";
  repair();
  server_.advance(5min);
  EXPECT_THAT(next_round(), HasSubstr(offline));
  EXPECT_THAT(next_round(), Not(HasSubstr(to_string(kAna))));
}

}  // namespace
}  // namespace porchlight::graph
