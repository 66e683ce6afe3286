// Reads of the past: they return what a read returned at that time, to callers with the permission only.
#include "graph/presence/past.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/time_text.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr Time kServerStart{std::chrono::seconds(1894006800)};  // of the clock of TestServer
constexpr std::string_view kHistoryRole = "Porchlight.History.Read.All";
const std::string kAnaUser = "/v1.0/users/" + to_string(kAna) + "/presence";
const std::string kAnaExplain = "/porchlight/v1/users/" + to_string(kAna) + "/presence/explain";
const std::string kAnaHistory = "/porchlight/v1/users/" + to_string(kAna) + "/presence/history";
constexpr std::string_view kMany = "/v1.0/communications/getPresencesByUserId";

std::string text_of(Time time) {
  std::string text;
  append_date_time(text, time);
  return text;
}

std::string past_ids(std::initializer_list<Guid> people) {
  std::string body = R"({"ids":[)";
  for (const Guid& id : people) body += (body.back() == '[' ? "\"" : ",\"") + to_string(id) + '"';
  return body + "]}";
}

class PastTest : public ::testing::Test {
 protected:
  PastTest() { server_.enable_history(); }

  std::string historian() {
    return server_.token(
        {.roles = {"Presence.ReadWrite.All", std::string(kHistoryRole)}, .life = std::chrono::days(60)});
  }
  Answer as_of(Time time, const std::string& path = kAnaUser) {
    return server_.get(path + "?asOf=" + text_of(time), historian());
  }
  void advance(Duration step) {
    server_.advance(step);
    now_ += step;
  }
  void set(std::string_view pair, std::string_view life = "PT1H") {
    const auto slash = pair.find('/');
    const std::string body = R"({"sessionId":"s","availability":")" + std::string(pair.substr(0, slash)) +
                             R"(","activity":")" + std::string(pair.substr(slash + 1)) +
                             R"(","expirationDuration":")" + std::string(life) + "\"}";
    ASSERT_EQ(server_.post(kAnaUser + "/setPresence", server_.writer(), body).status, 200);
  }

  TestServer server_;
  Time now_ = kServerStart;
};

// Reads by every route that accepts asOf.
class AllReads {
 public:
  explicit AllReads(TestServer& server, std::string token) : server_(server), token_(std::move(token)) {}
  std::vector<std::string> now() { return bodies(""); }
  std::vector<std::string> then(Time time) { return bodies("?asOf=" + text_of(time)); }

 private:
  std::vector<std::string> bodies(const std::string& query) {
    const std::string me =
        server_.user(kAna, {"Presence.Read.All", "Presence.ReadWrite", std::string(kHistoryRole)});
    return {server_.get(kAnaUser + query, token_).body,
            server_.get("/beta/communications/presences/" + to_string(kAna) + query, token_).body,
            server_.get("/v1.0/me/presence" + query, me).body, server_.get(kAnaExplain + query, token_).body,
            server_.post(std::string(kMany) + query, token_, past_ids({kBen, kAna, Guid{}, kCleo})).body};
  }
  TestServer& server_;
  const std::string token_;
};

TEST_F(PastTest, EqualsTheReadOfThatTimeByteForByte) {
  std::mt19937 random(11);
  const std::pair<std::string, std::string> kActions[] = {
      {"/setPresence",
       R"({"sessionId":"a","availability":"Available","activity":"Available","expirationDuration":"PT30M"})"},
      {"/setPresence",
       R"({"sessionId":"b","availability":"Busy","activity":"InACall","expirationDuration":"PT5M"})"},
      {"/clearPresence", R"({"sessionId":"a"})"},
      {"/setUserPreferredPresence",
       R"({"availability":"Away","activity":"Away","expirationDuration":"PT20M"})"},
      {"/clearUserPreferredPresence", "{}"},
      {"/setStatusMessage", R"({"statusMessage":{"message":{"content":"Back soon","contentType":"text"}}})"},
      {"/setStatusMessage", R"({"statusMessage":{"message":{"content":"","contentType":"text"}}})"},
  };
  AllReads reads(server_, historian());
  std::map<Time, std::vector<std::string>> said;
  for (int step = 0; step < 60; ++step) {
    if (step % 3 != 0) advance(Duration(random() % 1'000'000));
    const auto& [action, body] = kActions[random() % std::size(kActions)];
    server_.post(kAnaUser + action, server_.writer(), body);
    said[now_] = reads.now();
  }
  advance(1h);
  for (const auto& [time, bodies] : said) {
    ASSERT_THAT(bodies.front(), HasSubstr("availability"));
    ASSERT_EQ(reads.then(time), bodies) << text_of(time);
  }
}

TEST_F(PastTest, AcceptsSelect) {
  set("Busy/InACall");
  const Answer answer = server_.get(kAnaUser + "?$select=activity&asOf=" + text_of(now_), historian());
  EXPECT_EQ(answer.at("/activity"), "InACall");
  EXPECT_EQ(answer.at("/availability"), "(absent)");
}

TEST_F(PastTest, WorksInABatch) {
  set("Busy/InACall");
  const Time then = now_;
  advance(2h);
  const Answer answer =
      server_.post("/v1.0/$batch", historian(),
                   R"({"requests":[{"id":"1","method":"GET","url":"/users/)" + to_string(kAna) +
                       "/presence?asOf=" + text_of(then) + R"("},{"id":"2","method":"GET","url":"/users/)" +
                       to_string(kAna) + R"(/presence"}]})");
  EXPECT_EQ(answer.at("/responses/0/body/activity"), "InACall");
  EXPECT_EQ(answer.at("/responses/1/body/activity"), "Offline");
}

TEST_F(PastTest, IsNotFoundBeforeTheUserExisted) {
  const Guid dan = *parse_guid("da000000-0000-4000-8000-00000000000d");
  advance(1min);
  server_.add_user(dan, "dan@contoso.example");
  const std::string path = "/v1.0/users/" + to_string(dan) + "/presence";
  EXPECT_EQ(as_of(now_, path).status, 200);
  EXPECT_EQ(as_of(now_ - 1ms, path).status, 404);
  const Answer many =
      server_.post(std::string(kMany) + "?asOf=" + text_of(now_ - 1ms), historian(), past_ids({dan, kAna}));
  EXPECT_EQ(many.at("/value/0/availability"), "PresenceUnknown");
  EXPECT_EQ(many.at("/value/1/availability"), "Offline");
  // The past of a removed user is removed too.
  server_.remove_user(dan);
  EXPECT_EQ(as_of(now_, path).status, 404);
}

TEST_F(PastTest, NeedsTheHistoryPermissionInAddition) {
  const std::string query = "?asOf=" + text_of(now_);
  const std::string self = "/v1.0/me/presence" + query;
  const std::string scope(kHistoryRole);
  struct Row {
    std::string token;
    std::string path;
    int status;
  };
  const Row rows[] = {
      {server_.reader(), kAnaUser + query, 403},
      {server_.token({.roles = {scope}}), kAnaUser + query, 403},
      {server_.token({.roles = {"Presence.Read.All", scope}}), kAnaUser + query, 200},
      {server_.user(kAna, {"Presence.Read"}), self, 403},
      {server_.user(kAna, {scope}), self, 403},
      {server_.user(kAna, {"Presence.Read", scope}), self, 200},
      {server_.user(kBen, {"Presence.Read", scope}), kAnaUser + query, 403},
      {server_.user(kBen, {"Presence.Read.All", scope}), kAnaUser + query, 200},
      {server_.reader(), kAnaExplain + query, 403},
      {server_.reader(), kAnaHistory + "?from=" + text_of(now_ - 1h), 403},
      {historian(), kAnaHistory + "?from=" + text_of(now_ - 1h), 200},
      {"", kAnaUser + query, 401},
  };
  for (const Row& row : rows) EXPECT_EQ(server_.get(row.path, row.token).status, row.status) << row.path;
  EXPECT_EQ(server_.post(std::string(kMany) + query, server_.reader(), past_ids({kAna})).status, 403);
  EXPECT_THAT(server_.get(kAnaUser + query, server_.reader()).message(),
              HasSubstr("'Porchlight.History.Read.All'"));
}

TEST_F(PastTest, CanBeTurnedOffByATenant) {
  server_.set_contoso({.zone = "UTC", .history = false, .trusts = {}});
  EXPECT_EQ(as_of(now_).status, 403);
  EXPECT_EQ(as_of(now_).code(), "Forbidden");
  EXPECT_EQ(server_.get(kAnaUser, historian()).status, 200);
  EXPECT_EQ(server_.get(kAnaHistory + "?from=" + text_of(now_ - 1h), historian()).status, 403);
}

// The setting is that of the people's tenant: a trusted tenant may show the present and not the past.
TEST_F(PastTest, CanBeTurnedOffByATrustedTenant) {
  const std::string zoe = "/v1.0/users/" + to_string(kZoe) + "/presence";
  const std::string ours = "/porchlight/v1/users/" + to_string(kZoe) + "/presence";
  const std::string many = std::string(kMany) + "?asOf=" + text_of(now_);
  server_.set_contoso({.zone = "UTC", .trusts = {kFabrikam}});
  for (const bool shows : {true, false}) {
    server_.change(
        {{kFabrikam, {}, directory::TenantPut{"Fabrikam", {.history = shows, .trusts = {kContoso}}}}});
    EXPECT_EQ(server_.get(zoe, historian()).state(), "Offline/Offline");
    EXPECT_EQ(as_of(now_, zoe).status, shows ? 200 : 404);
    EXPECT_EQ(as_of(now_, ours + "/explain").status, shows ? 200 : 404);
    EXPECT_EQ(server_.get(ours + "/history?from=" + text_of(now_ - 1h), historian()).status,
              shows ? 200 : 404);
    EXPECT_EQ(server_.post(many, historian(), past_ids({kZoe})).at("/value/0/availability"),
              shows ? "Offline" : "PresenceUnknown");
  }
}

TEST(PastWithoutHistory, IsRefused) {
  TestServer server;
  const std::string token = server.token({.roles = {"Presence.Read.All", std::string(kHistoryRole)}});
  EXPECT_EQ(server.get(kAnaUser + "?asOf=" + text_of(kServerStart), token).status, 403);
}

TEST_F(PastTest, AcceptsTimesWithinTheRetention) {
  advance(std::chrono::days(31));
  const Time edge = now_ - std::chrono::days(30);
  EXPECT_EQ(as_of(now_).status, 200);
  EXPECT_EQ(as_of(edge).status, 200);
  EXPECT_THAT(as_of(now_ + 1ms).message(), HasSubstr("is in the future"));
  const Answer before = as_of(edge - 1ms);
  EXPECT_EQ(before.status, 400);
  EXPECT_THAT(before.message(), HasSubstr("begins at " + text_of(edge)));
  EXPECT_THAT(server_.get(kAnaHistory + "?from=" + text_of(edge - 1ms), historian()).message(),
              HasSubstr("begins at " + text_of(edge)));
}

TEST_F(PastTest, RefusesMalformedTimes) {
  for (const char* query : {"asOf=", "asOf=yesterday", "asOf=2030-01-07", "asof=2030-01-07T09:00:00",
                            "asOf=2030-01-07T08:00:00Z&asOf=2030-01-07T08:00:00Z", "asOf=%ff"}) {
    const Answer refused = server_.get(kAnaUser + "?" + query, historian());
    EXPECT_EQ(refused.status, 400) << query;
  }
  EXPECT_EQ(server_.get(kAnaUser + "?ASOF=2030-01-07T10:00:00%2b01:00", historian()).status, 200);
  EXPECT_EQ(server_.get("/v1.0/communications/presences?asOf=" + text_of(now_), historian()).status, 400)
      << "a list refuses asOf instead of ignoring it";
}

TEST_F(PastTest, HidesThePastOfUsersWhoAreHiddenNow) {
  set("Busy/InACall");
  const Time then = now_;
  advance(1min);
  server_.set_audience(kAna, {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}});
  EXPECT_EQ(as_of(then).state(), "Offline/Offline");
  EXPECT_EQ(as_of(then, kAnaExplain).state(), "Offline/Offline");
  const Answer history = server_.get(kAnaHistory + "?from=" + text_of(then), historian());
  EXPECT_EQ(history.at("/intervals/0/availability"), "Offline");
  EXPECT_EQ(history.at("/intervals/0/start"), text_of(then));
  EXPECT_EQ(history.at("/intervals/1"), "(absent)");
  const std::string me = server_.user(kAna, {"Presence.Read", std::string(kHistoryRole)});
  EXPECT_EQ(server_.get("/v1.0/me/presence?asOf=" + text_of(then), me).state(), "Busy/InACall");
}

TEST_F(PastTest, HidesTimesWhenTheUserWasHidden) {
  set("Busy/InACall", "PT4H");
  advance(1min);
  server_.set_audience(kAna, {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}});
  advance(1min);
  server_.set_audience(kAna, {});
  advance(1min);
  EXPECT_EQ(as_of(kServerStart).state(), "Busy/InACall");
  EXPECT_EQ(as_of(kServerStart + 90s).state(), "Offline/Offline");
  EXPECT_EQ(as_of(kServerStart + 90s, kAnaExplain).at("/rule"), "noLiveSession");
  EXPECT_EQ(as_of(kServerStart + 2min).state(), "Busy/InACall");
  const Answer history = server_.get(kAnaHistory + "?from=" + text_of(kServerStart), historian());
  EXPECT_EQ(history.at("/intervals/1/availability"), "Offline");
  EXPECT_EQ(history.at("/intervals/1/start"), text_of(kServerStart + 1min));
  EXPECT_EQ(history.at("/intervals/2/start"), text_of(kServerStart + 2min));
}

TEST_F(PastTest, HistoryHasIntervalsAndTotals) {
  advance(10min);
  set("Available/Available", "PT30M");
  advance(2h);
  const Answer answer = server_.get(
      kAnaHistory + "?from=" + text_of(kServerStart) + "&to=" + text_of(kServerStart + 1h), historian());
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(
      answer.body,
      R"({"id":")" + to_string(kAna) +
          R"(","from":"2030-01-07T09:00:00.0000000Z","to":"2030-01-07T10:00:00.0000000Z","intervals":[)"
          R"({"start":"2030-01-07T09:00:00.0000000Z","end":"2030-01-07T09:10:00.0000000Z","availability":"Offline","activity":"Offline","outOfOffice":false},)"
          R"({"start":"2030-01-07T09:10:00.0000000Z","end":"2030-01-07T09:15:00.0000000Z","availability":"Available","activity":"Available","outOfOffice":false},)"
          R"({"start":"2030-01-07T09:15:00.0000000Z","end":"2030-01-07T09:20:00.0000000Z","availability":"Available","activity":"AvailableInactive","outOfOffice":false},)"
          R"({"start":"2030-01-07T09:20:00.0000000Z","end":"2030-01-07T09:40:00.0000000Z","availability":"Away","activity":"Away","outOfOffice":false},)"
          R"({"start":"2030-01-07T09:40:00.0000000Z","end":"2030-01-07T10:00:00.0000000Z","availability":"Offline","activity":"Offline","outOfOffice":false}],)"
          R"("totals":[{"availability":"Available","activity":"Available","duration":"PT5M"},)"
          R"({"availability":"Available","activity":"AvailableInactive","duration":"PT5M"},)"
          R"({"availability":"Away","activity":"Away","duration":"PT20M"},)"
          R"({"availability":"Offline","activity":"Offline","duration":"PT30M"}]})");
}

TEST_F(PastTest, HistoryRefusesMalformedRanges) {
  const std::string from = "?from=" + text_of(kServerStart);
  advance(1h);
  const std::pair<std::string, std::string_view> rows[] = {
      {"", "'from' is required"},
      {"?to=" + text_of(kServerStart), "'from' is required"},
      {from + "&to=" + text_of(kServerStart), "not after"},
      {from + "&to=" + text_of(kServerStart - 1ms), "not after"},
      {from + "&to=" + text_of(now_ + 1ms), "is in the future"},
      {"?from=" + text_of(now_), "not after"},
      {from + "&$top=3", "$top"},
  };
  for (const auto& [query, says] : rows) {
    const Answer refused = server_.get(kAnaHistory + query, historian());
    EXPECT_EQ(refused.status, 400) << query;
    EXPECT_THAT(refused.message(), HasSubstr(std::string(says)));
  }
  EXPECT_EQ(server_.get(kAnaHistory + from + "&to=" + text_of(kServerStart + 1ms), historian()).status, 200);
}

// kIntervalsMax intervals fill a page; one more is on the next page.
TEST_F(PastTest, HistoryContinuesOnTheNextPage) {
  set("Busy/InACall", "PT4H");
  for (std::size_t i = 1; i < kIntervalsMax; ++i) {
    advance(1min);
    set(i % 2 == 0 ? "Busy/InACall" : "Busy/InAConferenceCall", "PT4H");
  }
  advance(1min);
  const std::string target = kAnaHistory + "?from=" + text_of(kServerStart) + "&to=";
  const std::string last = std::to_string(kIntervalsMax - 1);
  const Answer full = server_.get(target + text_of(now_), historian());
  EXPECT_EQ(full.at("/intervals/" + last + "/end"), text_of(now_));
  EXPECT_EQ(full.at("/@odata.nextLink"), "(absent)");
  const Time end_of_page = now_;
  set("DoNotDisturb/Presenting");
  advance(1min);
  const Answer page = server_.get(target + text_of(now_), historian());
  EXPECT_EQ(page.at("/intervals/" + last + "/end"), text_of(end_of_page));
  EXPECT_EQ(page.at("/to"), text_of(end_of_page));
  EXPECT_EQ(page.at("/totals/0/duration"), "PT8H20M");
  const std::string link = page.at("/@odata.nextLink");
  const Answer rest = server_.get(link.substr(link.find("/porchlight")), historian());
  EXPECT_EQ(rest.at("/from"), text_of(end_of_page));
  EXPECT_EQ(rest.at("/to"), text_of(now_));
  EXPECT_EQ(rest.at("/intervals/0/activity"), "Presenting");
  EXPECT_EQ(rest.at("/intervals/1"), "(absent)");
  EXPECT_EQ(rest.at("/@odata.nextLink"), "(absent)");
}

}  // namespace
}  // namespace porchlight::graph
