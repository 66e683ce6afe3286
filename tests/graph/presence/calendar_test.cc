// …/calendar: upload, read, delete, and the effect on the presence.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <set>

#include "calendar/feed.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kMine = "/porchlight/v1/me/calendar";
const std::string kAnas = "/porchlight/v1/users/" + to_string(kAna) + "/calendar";

std::string feed(std::string_view events) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + std::string(events) + "END:VCALENDAR\r\n";
}

// The clock of TestServer starts on 2030-01-07T09:00:00Z, a Monday.
const std::string kWeek = feed(
    "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20300107T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2\r\nEND:"
    "VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20300109\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nEND:"
    "VEVENT\r\n");

class CalendarTest : public testing::Test {
 protected:
  Answer put(std::string_view target, std::string_view token, std::string_view body,
             const std::string& type = "text/calendar; charset=utf-8") {
    return server_.send("PUT", target, token, {"Content-Type: " + type}, body);
  }
  Answer remove(std::string_view target, std::string_view token) {
    return server_.send("DELETE", target, token);
  }
  std::string me() { return server_.user(kAna, {"Presence.ReadWrite", "Presence.Read"}); }

  TestServer server_;
};

TEST_F(CalendarTest, CanBeUploadedReadAndDeleted) {
  const Answer uploaded = put(kMine, me(), kWeek);
  EXPECT_EQ(uploaded.status, 200);
  EXPECT_EQ(uploaded.body, R"({"busy":2,"outOfOffice":1,"horizon":"2031-01-08T09:00:00.0000000Z",)"
                           R"("skipped":{"count":0,"first":[]}})");
  const Answer read = server_.get(kMine, me());
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(
      read.body,
      R"({"busy":[{"start":"2030-01-07T10:00:00.0000000Z","end":"2030-01-07T11:00:00.0000000Z"},)"
      R"({"start":"2030-01-08T10:00:00.0000000Z","end":"2030-01-08T11:00:00.0000000Z"}],)"
      R"("outOfOffice":[{"start":"2030-01-09T00:00:00.0000000Z","end":"2030-01-10T00:00:00.0000000Z"}],)"
      R"("skipped":{"count":0,"first":[]}})");
  EXPECT_EQ(server_.get(kAnas, server_.writer()).body, read.body);
  // An upload replaces the calendar.
  EXPECT_EQ(put(kAnas, server_.writer(), feed("")).body,
            R"({"busy":0,"outOfOffice":0,"horizon":"2031-01-08T09:00:00.0000000Z",)"
            R"("skipped":{"count":0,"first":[]}})");
  EXPECT_EQ(server_.get(kMine, me()).body,
            R"({"busy":[],"outOfOffice":[],"skipped":{"count":0,"first":[]}})");
  EXPECT_EQ(put(kMine, me(), kWeek).status, 200);
  EXPECT_EQ(remove(kMine, me()).status, 200);
  EXPECT_EQ(server_.get(kMine, me()).body,
            R"({"busy":[],"outOfOffice":[],"skipped":{"count":0,"first":[]}})");
  EXPECT_EQ(remove(kMine, me()).status, 200);  // deleting nothing succeeds
}

TEST_F(CalendarTest, ShowsInPresence) {
  put(kMine, me(), kWeek);
  const auto seen = [this] { return server_.get("/v1.0/me/presence", me()).body; };
  server_.post(
      "/v1.0/users/" + to_string(kAna) + "/presence/setPresence", server_.writer(),
      R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Available","activity":"Available","expirationDuration":"PT4H"})");
  EXPECT_THAT(seen(), HasSubstr(R"("availability":"Available","activity":"Available")"));
  server_.advance(1h);
  EXPECT_THAT(seen(), HasSubstr(R"("availability":"Busy","activity":"InAMeeting")"));
  server_.advance(1h);
  EXPECT_THAT(seen(), testing::Not(HasSubstr("InAMeeting")));
  server_.advance(37h);  // the start of the 9th
  EXPECT_THAT(seen(), AllOf(HasSubstr(R"("activity":"OutOfOffice")"), HasSubstr(R"("isOutOfOffice":true)")));
  server_.advance(24h);
  EXPECT_THAT(seen(), HasSubstr(R"("isOutOfOffice":false)"));
}

TEST_F(CalendarTest, IsForTheUserAndForApplicationsThatWrite) {
  const struct {
    std::string token;
    int put, get, remove;
  } rows[] = {
      {server_.user(kAna, {"Presence.ReadWrite"}), 200, 200, 200},
      {server_.writer(), 200, 200, 200},
      {server_.user(kAna, {"Presence.Read", "Presence.Read.All"}), 403, 403, 403},
      {server_.user(kBen, {"Presence.ReadWrite", "Presence.Read.All"}), 401, 403, 401},
      {server_.reader(), 403, 403, 403},
      {"", 401, 401, 401},
      {server_.token({.tenant = kFabrikam, .roles = {"Presence.ReadWrite.All"}}), 404, 404, 404},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(put(kAnas, row.token, kWeek).status, row.put);
    EXPECT_EQ(server_.get(kAnas, row.token).status, row.get);
    EXPECT_EQ(remove(kAnas, row.token).status, row.remove);
  }
  EXPECT_EQ(put(kMine, server_.writer(), kWeek).status, 400);  // /me without a user
  EXPECT_EQ(put("/porchlight/v1/users/nobody@contoso.example/calendar", server_.writer(), kWeek).status, 404);
  EXPECT_EQ(put("/porchlight/v1/users/ana@contoso.example/calendar", server_.writer(), kWeek).status, 200);
}

TEST_F(CalendarTest, IsKeptIfANewOneIsMalformed) {
  put(kMine, me(), kWeek);
  const Answer bad = put(kMine, me(), kWeek.substr(0, kWeek.size() - 20));
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, AllOf(HasSubstr(R"("code":"InvalidArgument")"),
                              HasSubstr("The calendar cannot be read: line 9: this component has no END.")));
  EXPECT_THAT(put(kMine, me(), "").body, HasSubstr("there is no VCALENDAR in it"));
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr("2030-01-07T10:00:00"));
}

TEST_F(CalendarTest, NeedsItsContentType) {
  EXPECT_THAT(put(kMine, me(), kWeek, "application/json").body,
              HasSubstr("Entity only allows writes with a text/calendar Content-Type header."));
  EXPECT_THAT(server_.send("PUT", kMine, me(), {}, kWeek).body,
              HasSubstr("must contain the Content-Type header"));
  EXPECT_EQ(put(kMine, me(), kWeek, "TEXT/Calendar").status, 200);
  EXPECT_EQ(server_.send("PUT", kMine, me(), {"Content-Type: text/calendar", "Content-Encoding: gzip"}, kWeek)
                .status,
            415);
  EXPECT_EQ(server_.get(std::string(kMine) + "?$top=3", me()).status, 400);
}

TEST_F(CalendarTest, UsesTheTimeZoneOfTheTenant) {
  const std::string nine = feed("BEGIN:VEVENT\r\nDTSTART:20300708T090000\r\nDURATION:PT1H\r\nEND:VEVENT\r\n");
  put(kMine, me(), nine);
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr("2030-07-08T09:00:00"));
  server_.set_contoso({.zone = "Europe/Berlin", .trusts = {}});
  put(kMine, me(), nine);
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr("2030-07-08T07:00:00"));
}

TEST_F(CalendarTest, IsAcceptedUpToTheSizeLimit) {
  std::string most = kWeek;
  most += std::string(calendar::kFeedBytesDefault - most.size(), '\n');
  EXPECT_EQ(put(kMine, me(), most).status, 200);
  // One byte more is refused from the headers, before the body.
  const std::string more = "Content-Length: " + std::to_string(calendar::kFeedBytesDefault + 1);
  EXPECT_EQ(server_.send("PUT", kMine, me(), {"Content-Type: text/calendar", more}).status, 413);
}

// The larger limit is the calendar's alone: also a body of unknown length is read no further on other routes.
TEST_F(CalendarTest, OtherRoutesKeepTheirLimit) {
  const std::string size = "Content-Length: " + std::to_string(5 << 20);
  const auto status = [&](std::string_view method, const std::string& target, const std::string& length) {
    return server_.send(method, target, server_.writer(), {"Content-Type: application/json", length}).status;
  };
  EXPECT_EQ(status("POST", "/v1.0/$batch", size), 413);
  EXPECT_EQ(status("POST", "/v1.0/users/" + to_string(kAna) + "/presence/setPresence", size), 413);
}

TEST_F(CalendarTest, IsAcceptedInChunksBeyondTheLimitOfOtherBodies) {
  const std::string body = kWeek + std::string((5 << 20) - kWeek.size(), '\n');
  const auto client = server_.connect();
  client->ask(
      "PUT", kMine, me(),
      {"Content-Type: text/calendar", "Transfer-Encoding: chunked\r\n\r\n500000\r\n" + body + "\r\n0"});
  EXPECT_EQ(client->read_answer().status, 200);
}

// A body of unknown length is refused once a chunk goes over the limit, with the setting that is the limit.
TEST_F(CalendarTest, AChunkedBodyOverTheLimitNamesTheSetting) {
  const auto refused = [&](std::string_view method, std::string_view target, const std::string& type) {
    const auto client = server_.connect();
    client->ask(method, target, method == "PUT" ? me() : server_.writer(),
                {"Content-Type: " + type, "Transfer-Encoding: chunked\r\n\r\n900000"});
    const auto answer = client->read_answer();
    EXPECT_EQ(answer.status, 413);
    return answer.body;
  };
  EXPECT_THAT(refused("PUT", kMine, "text/calendar"),
              HasSubstr("The request body is larger than the setting calendar.feed_bytes allows."));
  EXPECT_THAT(refused("POST", "/v1.0/$batch", "application/json"),
              HasSubstr("The request body is larger than the setting http.body_bytes allows."));
}

TEST_F(CalendarTest, ReportsWhatItSkipped) {
  const std::string odd = feed(
      "BEGIN:VEVENT\r\nDTSTART:20300107T100000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nDTSTART;TZID=Nowhere:20240107T100000\r\nEND:VEVENT\r\n");
  const std::string skipped =
      R"("skipped":{"count":1,"first":[{"line":8,"reason":"DTSTART has a TZID that is not known and not described"}]})";
  EXPECT_THAT(put(kMine, me(), odd).body, AllOf(HasSubstr(R"("busy":1)"), HasSubstr(skipped)));
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr(skipped));
  EXPECT_THAT(server_.get(kAnas, server_.writer()).body, HasSubstr(skipped));
  // In explain for the owner and for applications that may read the calendar, and for no others.
  const std::string explain = "/porchlight/v1/users/" + to_string(kAna) + "/presence/explain";
  const std::string member = R"("calendar":{)" + skipped + "}";
  EXPECT_THAT(server_.get(explain, me()).body, HasSubstr(member));
  EXPECT_THAT(server_.get(explain, server_.writer()).body, HasSubstr(member));
  for (const std::string& other :
       {server_.reader(), server_.user(kBen, {"Presence.Read.All", "Presence.ReadWrite"})})
    EXPECT_THAT(server_.get(explain, other).body,
                AllOf(HasSubstr(R"("rule")"), testing::Not(HasSubstr("skipped"))));
  // It stays when the last event has ended, and over a restart.
  server_.advance(48h);
  server_.post(
      "/v1.0/users/" + to_string(kAna) + "/presence/setPresence", server_.writer(),
      R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Available","activity":"Available"})");
  server_.restart();
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr(skipped));
  EXPECT_EQ(remove(kMine, me()).status, 200);
  EXPECT_THAT(server_.get(kMine, me()).body, HasSubstr(R"("skipped":{"count":0,"first":[]})"));
}

TEST_F(CalendarTest, LeavesOutWhatTheOwnerDeclined) {
  const auto declined = [](std::string_view who) {
    return feed(
        fmt::format("BEGIN:VEVENT\r\nDTSTART:20300107T100000Z\r\nDURATION:PT1H\r\n"
                    "ATTENDEE;PARTSTAT=DECLINED:mailto:{}\r\nEND:VEVENT\r\n",
                    who));
  };
  EXPECT_THAT(put(kAnas, server_.writer(), declined("Ana@contoso.example")).body, HasSubstr(R"("busy":0)"));
  EXPECT_THAT(put(kAnas, server_.writer(), declined("ben@contoso.example")).body, HasSubstr(R"("busy":1)"));
}

// The worker is held while one tenant uploads more than may wait. The upload of another tenant takes the place of the
// newest of them.
TEST_F(CalendarTest, UploadsOfOneTenantDoNotRefuseThoseOfAnother) {
  std::promise<void> running, go;
  ASSERT_TRUE(server_.worker().run([&] {
    running.set_value();
    go.get_future().wait();
  }));
  running.get_future().wait();
  // The loop has taken the last upload: it accepted the connection, read the request, and sent the refusal of another.
  const auto taken = [this] {
    for (int iteration = 0; iteration < 4; ++iteration) server_.get(kMine, me());
  };
  std::vector<std::unique_ptr<HttpClient>> flood;
  const auto refused = [&flood] {
    return std::ranges::count_if(flood, [](const auto& client) { return client->has_answer(); });
  };
  while (flood.size() < kQueuedTasksMax || refused() == 0) {
    ASSERT_LE(flood.size(), 10 * kQueuedTasksMax);
    flood.push_back(server_.connect());
    flood.back()->ask("PUT", kMine, me(), {"Content-Type: text/calendar"}, kWeek);
    taken();
  }
  EXPECT_EQ(flood.size(), kQueuedTasksMax + 1);
  const auto before = refused();
  const auto other = server_.connect();
  const std::string zoe = server_.token(
      {.tenant = kFabrikam, .app = kAppB, .user = kZoe, .scopes = {"Presence.ReadWrite", "Presence.Read"}});
  other->ask("PUT", kMine, zoe, {"Content-Type: text/calendar"}, kWeek);
  for (int i = 0; i < 1000 && refused() == before; ++i) EXPECT_EQ(server_.get(kMine, zoe).status, 200);
  EXPECT_FALSE(other->has_answer());
  EXPECT_EQ(refused(), before + 1);
  go.set_value();
  EXPECT_EQ(other->read_answer().status, 200);
  std::multiset<int> statuses;
  for (const auto& client : flood) statuses.insert(client->read_answer().status);
  EXPECT_EQ(statuses.count(503), 2u);
  EXPECT_EQ(statuses.count(200), flood.size() - 2);
}

TEST_F(CalendarTest, IsRefusedWhileTheLogFails) {
  server_.break_log(true);
  EXPECT_EQ(put(kMine, me(), kWeek).status, 503);
  server_.break_log(false);
  EXPECT_EQ(put(kMine, me(), kWeek).status, 200);
}

}  // namespace
}  // namespace porchlight::graph
