// Every member of a request that takes a time, with fractions of a second: the answers repeat what was sent, in Graph's
// seven digits (spec protocol §9 dates out).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/graph/subscriber.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

const std::string kHour = "2030-01-07T10:00:00";  // an hour after the server's clock begins

// A member: sets it to this text, and returns each place where an answer repeats it. Empty: the text is refused.
struct Member {
  std::string_view name;
  std::vector<std::string> (*set)(TestServer& server, const std::string& text);
  bool is_local;  // written without an offset
};

Answer send_json(TestServer& server, std::string_view method, const std::string& target,
                 const std::string& token, const std::string& body) {
  return server.send(std::string(method), target, token, {"Content-Type: application/json"}, body);
}

std::vector<std::string> message_expiry(TestServer& server, const std::string& text) {
  const std::string token = server.user(kAna, {"Presence.ReadWrite", "Presence.Read"});
  const Answer set =
      server.post("/v1.0/me/presence/setStatusMessage", token,
                  R"({"statusMessage":{"message":{"content":"x"},"expiryDateTime":{"dateTime":")" + text +
                      R"(","timeZone":"UTC"}}})");
  if (set.status != 200) return {};
  std::vector<std::string> seen;
  for (const std::string& target :
       {std::string("/v1.0/me/presence"), "/beta/users/" + to_string(kAna) + "/presence"})
    seen.push_back(server.get(target, token).at("/statusMessage/expiryDateTime/dateTime"));
  return seen;
}

// Of a create, in its own answer, in later reads, and in a notification.
std::vector<std::string> subscription_expiry(TestServer& server, const std::string& text) {
  const std::string token = server.user(kBen, {"Presence.Read.All"});
  const Answer made = server.post(
      "/v1.0/subscriptions", token,
      R"({"changeType":"updated","notificationUrl":"https://receiver.example/","resource":"/users/)" +
          to_string(kAna) + R"(/presence","expirationDateTime":")" + text + "\"}");
  if (made.status != 201) return {};
  const std::string target = "/v1.0/subscriptions/" + made.at("/id");
  server.take_posts();
  server.post("/v1.0/users/" + to_string(kAna) + "/presence/setPresence", server.writer(),
              R"({"sessionId":"s","availability":"Busy","activity":"InACall"})");
  const auto items = items_of(server.take_posts());
  EXPECT_EQ(items.size(), 1u);
  std::vector<std::string> seen = {
      made.at("/expirationDateTime"), server.get(target, token).at("/expirationDateTime"),
      server.get("/v1.0/subscriptions", token).at("/value/0/expirationDateTime")};
  for (const Answer& item : items) seen.push_back(item.at("/subscriptionExpirationDateTime"));
  return seen;
}

std::vector<std::string> renewed_expiry(TestServer& server, const std::string& text) {
  const std::string token = server.user(kBen, {"Presence.Read.All"});
  const Answer made = server.post(
      "/v1.0/subscriptions", token,
      R"({"changeType":"updated","notificationUrl":"https://receiver.example/","resource":"users/)" +
          to_string(kAna) + R"(/presence","expirationDateTime":"2030-01-07T09:50:00Z"})");
  const std::string target = "/v1.0/subscriptions/" + made.at("/id");
  const Answer changed =
      send_json(server, "PATCH", target, token, R"({"expirationDateTime":")" + text + "\"}");
  if (changed.status != 200) return {};
  return {changed.at("/expirationDateTime"), server.get(target, token).at("/expirationDateTime")};
}

std::vector<std::string> explained(TestServer& server, const std::string& body, const std::string& member) {
  const std::string target = "/porchlight/v1/users/" + to_string(kAna), token = server.writer();
  if (send_json(server, "PUT", target + "/outOfOffice", token, body).status != 200) return {};
  server.advance(2h);
  const std::string reader = server.token({.roles = {"Presence.ReadWrite.All", "Presence.Read.All"}});
  return {server.get(target + "/presence/explain", reader).at("/inputs/0/" + member)};
}

std::vector<std::string> out_of_office_start(TestServer& server, const std::string& text) {
  return explained(server, R"({"message":"m","start":")" + text + "\"}", "since");
}

std::vector<std::string> out_of_office_end(TestServer& server, const std::string& text) {
  std::string later = text;
  if (const auto hour = later.find("T10"); hour != later.npos) later.replace(hour, 3, "T15");
  auto seen = explained(server, R"({"message":"m","end":")" + later + "\"}", "until");
  for (std::string& time : seen)
    if (const auto hour = time.find("T15"); hour != time.npos) time.replace(hour, 3, "T10");
  return seen;
}

// Of a part of a work plan: in the answer, in a later read, and in the view.
std::vector<std::string> work_plan_times(TestServer& server, const std::string& start, const std::string& end,
                                         const std::string& list, const std::string& more,
                                         const std::string& member) {
  const std::string token = server.user(kAna, {"Calendars.ReadWrite"}),
                    plan = "/v1.0/me/settings/workHoursAndLocations/";
  const Answer made = server.post(
      plan + list, token,
      R"({"start":{"dateTime":")" + start + R"("},"end":{"dateTime":")" + end + "\"}," + more + "}");
  if (made.status != 201) return {};
  const Answer view = server.get(
      plan + "occurrencesView(startDateTime='2030-01-07T00:00:00Z',endDateTime='2030-01-08T00:00:00Z')",
      token);
  return {made.at(member), server.get(plan + list + "/" + made.at("/id"), token).at(member),
          view.at("/value/0" + member)};
}

std::vector<std::string> recurrence_start(TestServer& server, const std::string& text) {
  return work_plan_times(
      server, text, "2030-01-07T17:00:00", "recurrences",
      R"("workLocationType":"office","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["monday"]},)"
      R"("range":{"type":"noEnd","startDate":"2030-01-07"}})",
      "/start/dateTime");
}

std::vector<std::string> recurrence_end(TestServer& server, const std::string& text) {
  return work_plan_times(
      server, "2030-01-07T09:00:00", text, "recurrences",
      R"("workLocationType":"office","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["monday"]},)"
      R"("range":{"type":"noEnd","startDate":"2030-01-07"}})",
      "/end/dateTime");
}

std::vector<std::string> time_off_start(TestServer& server, const std::string& text) {
  return work_plan_times(server, text, "2030-01-07T17:00:00", "occurrences",
                         R"("workLocationType":"timeOff")", "/start/dateTime");
}

std::vector<std::string> time_off_end(TestServer& server, const std::string& text) {
  return work_plan_times(server, "2030-01-07T09:00:00", text, "occurrences",
                         R"("workLocationType":"timeOff")", "/end/dateTime");
}

constexpr Member kMembers[] = {
    {"statusMessage/expiryDateTime/dateTime", message_expiry, true},
    {"expirationDateTime of POST /subscriptions", subscription_expiry, false},
    {"expirationDateTime of PATCH /subscriptions", renewed_expiry, false},
    {"start of outOfOffice", out_of_office_start, false},
    {"end of outOfOffice", out_of_office_end, false},
    {"start of recurrences", recurrence_start, true},
    {"end of recurrences", recurrence_end, true},
    {"start of occurrences", time_off_start, true},
    {"end of occurrences", time_off_end, true},
};

TEST(TimeMembers, FractionsComeBackAsSent) {
  struct Row {
    std::string_view sent, seen;  // after the seconds; `seen` empty: refused
    bool local_refuses = false;   // a dateTime has at most seven digits
  };
  const Row rows[] = {
      {"", ".0000000"},
      {".0", ".0000000"},
      {".5", ".5000000"},
      {".12", ".1200000"},
      {".123", ".1230000"},
      {".1234", ".1234000"},
      {".123456", ".1234560"},
      {".1234567", ".1234567"},
      {".0000001", ".0000001"},
      {".9999999", ".9999999"},
      {".12345678", ".1234567", true},
      {".123456789012", ".1234567", true},
      {".1234567890123", ""},
      {".", ""},
      {",5", ""},
      {".5x", ""},
  };
  for (const Member& member : kMembers) {
    for (const Row& row : rows) {
      TestServer server;
      server.enable_subscriptions();
      // A kept expiry is at most an hour ahead, so the hour of all rows begins a second later.
      server.advance(1s);
      const std::string offset = member.is_local ? "" : "Z";
      const auto seen = member.set(server, kHour + std::string(row.sent) + offset);
      const bool refused = row.seen.empty() || (member.is_local && row.local_refuses);
      EXPECT_EQ(seen.empty(), refused) << member.name << " " << row.sent;
      for (const std::string& time : seen)
        EXPECT_EQ(time, kHour + std::string(row.seen) + offset) << member.name << " " << row.sent;
    }
  }
}

}  // namespace
}  // namespace porchlight::graph
