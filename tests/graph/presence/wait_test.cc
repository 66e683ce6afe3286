// POST /porchlight/v1/waitFor over HTTP: conditions, timeouts, permissions, limits and the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/wire/wait_body.h"
#include "support/graph/test_server.h"
#include "watch/watch_quota.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kWaitFor = "/porchlight/v1/waitFor";
constexpr Duration kMoment{1};
const presence::Visibility kHidden{presence::VisibleTo::kNobody, presence::OthersSee::kHidden, {}, {}};
const presence::Visibility kSeemsOffline{
    presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}};

std::string quoted(const Guid& id) { return '"' + to_string(id) + '"'; }

// A wait for these people to be available; `more`: further members.
std::string until_available(const std::string& users, std::string_view more = "") {
  return R"({"users":[)" + users + R"(],"until":{"availability":["Available"]})" + std::string(more) + "}";
}

// A client that waits on a connection of its own.
class Waiter {
 public:
  Waiter(TestServer& server, const std::string& body) : Waiter(server, body, server.reader()) {}
  Waiter(TestServer& server, const std::string& body, const std::string& token) : wire_(server.connect()) {
    const std::size_t before = server.wait_count();
    wire_->ask("POST", kWaitFor, token, {"Content-Type: application/json"}, body);
    server.await_wait_count(before + 1);
  }
  Answer read_answer() { return wire_->read_answer(); }
  // "met 120 Available/AvailableInactive": the time in seconds since nine, and the state of the first person.
  std::string story() {
    const Answer answer = read_answer();
    EXPECT_EQ(answer.status, 200) << answer.body;
    return story_of(answer);
  }
  static std::string story_of(const Answer& answer) {
    const std::string at = answer.at("/at");
    EXPECT_EQ(at.size(), 28u) << answer.body;
    const int seconds = (std::stoi(at.substr(11, 2)) - 9) * 3600 + std::stoi(at.substr(14, 2)) * 60 +
                        std::stoi(at.substr(17, 2));
    if (answer.at("/met") != "true") return "not met " + std::to_string(seconds);
    return "met " + std::to_string(seconds) + " " + answer.at("/users/0/availability") + "/" +
           answer.at("/users/0/activity");
  }
  void hang_up() { wire_.reset(); }

 private:
  std::unique_ptr<HttpClient> wire_;
};

void set_awaited(TestServer& server, const Guid& user, std::string_view availability,
                 std::string_view activity, std::string_view life = "PT1H") {
  const std::string body = std::string(R"({"sessionId":"s","availability":")") + std::string(availability) +
                           R"(","activity":")" + std::string(activity) + R"(","expirationDuration":")" +
                           std::string(life) + "\"}";
  const Answer answer =
      server.post("/v1.0/users/" + to_string(user) + "/presence/setPresence", server.writer(), body);
  ASSERT_EQ(answer.status, 200) << answer.body;
}
void set_awaited_available(TestServer& server, const Guid& user) {
  set_awaited(server, user, "Available", "Available");
}
void set_awaited_busy(TestServer& server, const Guid& user) { set_awaited(server, user, "Busy", "InACall"); }

TEST(WaitFor, EndsWithItsApplicationAndItsUser) {
  TestServer server;
  const std::string body = until_available(quoted(kCleo));
  Waiter of_app(server, body, server.token({.app = kAppB, .roles = {"Presence.Read.All"}}));
  Waiter of_ben(server, body, server.user(kBen, {"Presence.Read.All"}));
  Waiter of_ana(server, body, server.user(kAna, {"Presence.Read.All"}));
  server.remove_user(kBen);
  EXPECT_EQ(of_ben.read_answer().status, 401);
  server.change({{kContoso, kAppB, directory::AppRemoved{}}});
  EXPECT_EQ(of_app.read_answer().code(), "InvalidAuthenticationToken");
  set_awaited_available(server, kCleo);
  EXPECT_EQ(of_ana.story(), "met 0 Available/Available");
}

TEST(WaitFor, EndsWhenItsTokenIsRevoked) {
  TestServer server;
  const std::string body = until_available(quoted(kCleo));
  Waiter of_app(server, body, server.token({.app = kAppB, .roles = {"Presence.Read.All"}}));
  Waiter of_ben(server, body, server.user(kBen, {"Presence.Read.All"}));
  Waiter of_ana(server, body, server.user(kAna, {"Presence.Read.All"}));
  server.await_wait_count(3);
  server.revoke(kBen);
  EXPECT_EQ(of_ben.read_answer().status, 401);
  server.revoke(kAppB);
  EXPECT_EQ(of_app.read_answer().status, 401);
  set_awaited_available(server, kCleo);
  EXPECT_EQ(of_ana.story(), "met 0 Available/Available");
}

TEST(WaitFor, AnswersAtOnceIfTheConditionHolds) {
  TestServer server;
  set_awaited_available(server, kBen);
  const Answer answer =
      server.post(kWaitFor, server.reader(), until_available(quoted(kAna) + "," + quoted(kBen)));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"met":true,"at":"2030-01-07T09:00:00.0000000Z","users":[{"id":)" + quoted(kBen) +
                             R"(,"availability":"Available","activity":"Available"}]})");
  EXPECT_THAT(answer.header("content-type"), testing::StartsWith("application/json"));
  EXPECT_EQ(server.wait_count(), 0u);
}

TEST(WaitFor, NoticesWrites) {
  TestServer server;
  Waiter waiter(server, until_available(quoted(kAna)));
  server.advance(30s);
  set_awaited_busy(server, kAna);
  EXPECT_EQ(server.wait_count(), 1u);
  set_awaited_available(server, kAna);
  EXPECT_EQ(waiter.story(), "met 30 Available/Available");
  EXPECT_EQ(server.wait_count(), 0u);
}

TEST(WaitFor, NoticesChangesByTime) {
  TestServer server;
  set_awaited(server, kAna, "Busy", "InACall", "PT5M");
  Waiter waiter(server, R"({"users":[)" + quoted(kAna) +
                            R"(],"until":{"availability":["offline"]},"timeout":"PT10M"})");
  server.advance(5min - kMoment);
  EXPECT_EQ(server.wait_count(), 1u);
  server.advance(kMoment);
  EXPECT_EQ(waiter.story(), "met 300 Offline/Offline");
}

TEST(WaitFor, AnswersAtTheTimeout) {
  TestServer server;
  set_awaited_busy(server, kAna);
  Waiter usual(server, until_available(quoted(kAna)));
  Waiter longest(server, until_available(quoted(kAna), R"(,"timeout":"PT10M")"));
  server.advance(1min - kMoment);
  EXPECT_EQ(server.wait_count(), 2u);
  server.advance(kMoment);
  const Answer answer = usual.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"met":false,"at":"2030-01-07T09:01:00.0000000Z"})");
  server.advance(9min - kMoment);
  EXPECT_EQ(server.wait_count(), 1u);
  server.advance(kMoment);
  EXPECT_EQ(longest.story(), "not met 600");
}

TEST(WaitFor, WithoutATimeoutAnswersAtOnce) {
  TestServer server;
  const std::string body = until_available(quoted(kAna), R"(,"timeout":"PT0S")");
  EXPECT_EQ(Waiter::story_of(server.post(kWaitFor, server.reader(), body)), "not met 0");
  set_awaited_available(server, kAna);
  EXPECT_EQ(Waiter::story_of(server.post(kWaitFor, server.reader(), body)), "met 0 Available/Available");
}

TEST(WaitFor, TheHoldTimeCountsFromTheRequest) {
  TestServer server;
  set_awaited_available(server, kAna);
  server.advance(1min);
  Waiter waiter(server, until_available(quoted(kAna), R"(,"for":"PT2M","timeout":"PT10M")"));
  server.advance(1min);
  set_awaited_busy(server, kAna);
  server.advance(30s);
  set_awaited_available(server, kAna);
  server.advance(2min - kMoment);
  EXPECT_EQ(server.wait_count(), 1u) << "time before the request, and before the break, does not count";
  server.advance(kMoment);
  EXPECT_EQ(waiter.story(), "met 270 Available/Available");
}

TEST(WaitFor, NoticesFadingWithinOneAdvance) {
  TestServer server;
  set_awaited_available(server, kAna);
  Waiter waiter(server,
                R"({"users":[)" + quoted(kAna) +
                    R"(],"until":{"activity":["AvailableInactive"]},"for":"PT3M","timeout":"PT10M"})");
  server.advance(2h);
  EXPECT_EQ(waiter.story(), "met 480 Available/AvailableInactive");
}

TEST(WaitFor, AnyListsThePeopleWhoMatch) {
  TestServer server;
  set_awaited_available(server, kCleo);
  set_awaited_available(server, kAna);
  Waiter waiter(server, until_available(quoted(kCleo) + "," + quoted(kBen) + "," + quoted(kAna),
                                        R"(,"mode":"Any","for":"PT1M","timeout":"PT2M")"));
  server.advance(30s);
  set_awaited_available(server, kBen);
  server.advance(30s);
  const Answer answer = waiter.read_answer();
  EXPECT_EQ(answer.at("/users/0/id"), to_string(kCleo));
  EXPECT_EQ(answer.at("/users/1/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/users/2"), "(absent)");
}

TEST(WaitFor, AllMustHoldTogether) {
  TestServer server;
  set_awaited_available(server, kAna);
  Waiter waiter(server, until_available(quoted(kAna) + R"(,"BEN@contoso.example")",
                                        R"(,"mode":"all","for":"PT1M","timeout":"PT5M")"));
  server.advance(2min);
  set_awaited_available(server, kBen);
  server.advance(59s);
  set_awaited_busy(server, kAna);
  server.advance(1s);
  EXPECT_EQ(server.wait_count(), 1u);
  set_awaited_available(server, kAna);
  server.advance(1min);
  const Answer answer = waiter.read_answer();
  EXPECT_EQ(Waiter::story_of(answer), "met 240 Available/Available");
  EXPECT_EQ(answer.at("/users/1/id"), to_string(kBen)) << "named by userPrincipalName, returned with the id";
}

TEST(WaitFor, CountsEachPersonOnce) {
  TestServer server;
  set_awaited_available(server, kAna);
  std::string upper = quoted(kAna);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const Answer answer = server.post(
      kWaitFor, server.reader(),
      until_available(quoted(kAna) + "," + upper + R"(,"ana@contoso.example")", R"(,"mode":"all")"));
  EXPECT_EQ(answer.at("/users/0/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/users/1"), "(absent)");
}

TEST(WaitFor, UnknownUsersArePresenceUnknown) {
  TestServer server;
  const Guid unknown = *parse_guid("99999999-0000-4000-8000-000000000009");
  const std::string until = R"("until":{"availability":["PresenceUnknown"]}})";
  for (const std::string& user : {quoted(unknown), quoted(kZoe), std::string(R"("no \"body@x")")}) {
    const Answer answer = server.post(kWaitFor, server.reader(), R"({"users":[)" + user + "]," + until);
    EXPECT_EQ(Waiter::story_of(answer), "met 0 PresenceUnknown/PresenceUnknown");
    EXPECT_THAT(answer.body, testing::HasSubstr(R"("id":)" + user));
  }
}

TEST(WaitFor, NoticesAnAddedUser) {
  TestServer server;
  const Guid dan = *parse_guid("d1000000-0000-4000-8000-00000000000d");
  Waiter waiter(server, R"({"users":[)" + quoted(dan) + R"(],"until":{"availability":["Offline"]}})");
  server.add_user(dan, "dan@contoso.example");
  EXPECT_EQ(waiter.story(), "met 0 Offline/Offline");
}

// Contoso and Fabrikam trust each other.
void trust_fabrikam(TestServer& server) {
  server.set_contoso({.zone = "UTC", .trusts = {kFabrikam}});
  directory::TenantSettings theirs;
  theirs.trusts = {kContoso};
  server.change({{kFabrikam, {}, directory::TenantPut{"Fabrikam", theirs}}});
}

std::string until_offline(const Guid& user) {
  return R"({"users":[)" + quoted(user) + R"(],"until":{"availability":["Offline"]}})";
}

TEST(WaitFor, NoticesAPersonAddedToATrustedTenant) {
  TestServer server;
  trust_fabrikam(server);
  const Guid dan = *parse_guid("d1000000-0000-4000-8000-00000000000d");
  Waiter waiter(server, until_offline(dan));
  server.advance(10s);
  server.change({{kFabrikam, dan, directory::UserPut{"dan@fabrikam.example", {}}}});
  server.advance(2min);
  EXPECT_EQ(waiter.story(), "met 10 Offline/Offline");
}

TEST(WaitFor, NoticesATenantThatBecomesTrusted) {
  TestServer server;
  Waiter waiter(server, until_offline(kZoe));
  server.advance(10s);
  trust_fabrikam(server);
  server.advance(2min);
  EXPECT_EQ(waiter.story(), "met 10 Offline/Offline");
}

// The person is found in the own tenant at first, and in the trusted one after their removal from it.
TEST(WaitFor, FollowsAPersonToATrustedTenant) {
  TestServer server;
  trust_fabrikam(server);
  const std::string token = server.token({.tenant = kFabrikam, .roles = {"Presence.ReadWrite.All"}});
  Waiter waiter(server, R"({"users":[)" + quoted(kCleo) + R"(],"until":{"availability":["Available"]}})");
  server.change({{kFabrikam, kCleo, directory::UserPut{"cleo@fabrikam.example", {}}}});
  server.remove_user(kCleo);
  server.advance(10s);
  const std::string body =
      R"({"sessionId":"s","availability":"Available","activity":"Available","expirationDuration":"PT1H"})";
  ASSERT_EQ(server.post("/v1.0/users/" + to_string(kCleo) + "/presence/setPresence", token, body).status,
            200);
  server.advance(2min);
  EXPECT_EQ(waiter.story(), "met 10 Available/Available");
}

TEST(WaitFor, HiddenUsersRevealNothing) {
  TestServer server;
  server.set_audience(kAna, kHidden);
  server.set_audience(kBen, kSeemsOffline);
  Waiter waiter(server, until_available(quoted(kAna) + "," + quoted(kBen)));
  set_awaited_available(server, kAna);
  set_awaited_available(server, kBen);
  EXPECT_EQ(server.wait_count(), 1u);
  server.advance(1min);
  EXPECT_EQ(waiter.story(), "not met 60");
  const Answer facades =
      server.post(kWaitFor, server.reader(),
                  R"({"users":[)" + quoted(kAna) + "," + quoted(kBen) +
                      R"(],"mode":"all","until":{"availability":["PresenceUnknown","Offline"]}})");
  EXPECT_EQ(facades.at("/users/0/availability") + facades.at("/users/1/availability"),
            "PresenceUnknownOffline");
}

// Two worlds differ in what a hidden person does. A waiting client receives the same bytes in both.
TEST(WaitFor, HiddenDataChangesNoByte) {
  const auto world = [](bool is_lively) {
    TestServer server;
    server.set_audience(kAna, kHidden);
    server.set_audience(kBen, kSeemsOffline);
    const std::string both = quoted(kAna) + "," + quoted(kBen);
    std::vector<std::string> bodies;
    for (const std::string until : {"Available", "Busy", "Offline", "PresenceUnknown"}) {
      for (const std::string mode : {"any", "all"}) {
        bodies.push_back(R"({"users":[)" + both + R"(],"mode":")" + mode + R"(","until":{"availability":[")" +
                         until + R"("]},"for":"PT1M","timeout":"PT5M"})");
      }
    }
    std::vector<std::unique_ptr<Waiter>> waiters;
    for (const std::string& body : bodies) waiters.push_back(std::make_unique<Waiter>(server, body));
    std::string received;
    for (int minute = 0; minute < 6; ++minute) {
      if (is_lively) {
        set_awaited(server, kAna, "Busy", "InACall", "PT5M");
        minute % 2 ? set_awaited_busy(server, kBen) : set_awaited_available(server, kBen);
      }
      server.advance(1min);
      received += std::to_string(server.wait_count()) + " wait\n";
    }
    for (const auto& waiter : waiters) received += waiter->read_answer().body + "\n";
    return received;
  };
  const std::string quiet = world(false);
  EXPECT_EQ(world(true), quiet);
  EXPECT_THAT(quiet, testing::HasSubstr(R"("met":true,"at":"2030-01-07T09:01:00.0000000Z")"));
  EXPECT_THAT(quiet, testing::HasSubstr(R"("met":false,"at":"2030-01-07T09:05:00.0000000Z")"));
}

TEST(WaitFor, NoticesAChangeOfVisibility) {
  TestServer server;
  const Guid desk = *parse_guid("50000000-0000-4000-8000-000000000005");
  server.set_audience(kBen, {presence::VisibleTo::kNamed, presence::OthersSee::kHidden, {}, {desk}});
  set_awaited_available(server, kBen);
  Waiter waiter(server, until_available(quoted(kBen)), server.user(kAna, {"Presence.Read.All"}));
  server.advance(10s);
  server.put_group(desk, {kAna});
  EXPECT_EQ(waiter.story(), "met 10 Available/Available");
}

TEST(WaitFor, Permissions) {
  TestServer server;
  set_awaited_available(server, kAna);
  set_awaited_available(server, kBen);
  const std::string ana = quoted(kAna), ben = quoted(kBen), own = R"("ana@contoso.example")";
  struct Row {
    std::string token, users;
    int status;
  };
  const Row rows[] = {
      {server.reader(), ana + "," + ben, 200},
      {server.writer(), ana, 200},
      {server.token({.roles = {"Porchlight.Admin"}}), ana, 403},
      {server.user(kAna, {"Presence.Read.All"}), ana + "," + ben, 200},
      {server.user(kAna, {"Presence.Read"}), ana, 200},
      {server.user(kAna, {"Presence.Read"}), own + "," + ana, 200},
      {server.user(kAna, {"Presence.Read"}), ben, 403},
      {server.user(kAna, {"Presence.Read"}), ana + "," + ben, 403},
      {server.user(kAna, {"Presence.Read"}), R"("nobody@contoso.example")", 403},
      {server.user(kAna, {"Presence.ReadWrite"}), ana, 403},
      {server.user(kAna, {}), ana, 403},
      {"", ana, 401},
  };
  for (const Row& row : rows) {
    const Answer answer = server.post(kWaitFor, row.token, until_available(row.users));
    EXPECT_EQ(answer.status, row.status) << row.users << answer.body;
  }
}

TEST(WaitFor, BadBodies) {
  TestServer server;
  const std::string ana = R"("users":[)" + quoted(kAna) + "]";
  const std::string until = R"("until":{"availability":["Available"]})";
  struct Row {
    std::string body, code, message;
  };
  const Row rows[] = {
      {"", "InvalidArgument", "[Until]: The Until field is required."},
      {"{" + until + "}", "InvalidArgument", "[Users]: The Users field is required."},
      {R"({"users":[],)" + until + "}", "InvalidArgument", "[Users]: The Users field is required."},
      {R"({"users":"ana",)" + until + "}", "BadRequest", "[users]: The value must be an array."},
      {R"({"users":[1],)" + until + "}", "BadRequest", "[users]: The value must be an array of strings."},
      {"{" + ana + "}", "InvalidArgument", "[Until]: The Until field is required."},
      {"{" + ana + R"(,"until":{}})", "InvalidArgument", "[Until]: The Until field is required."},
      {"{" + ana + R"(,"until":[]})", "BadRequest", "[until]: The value must be an object."},
      {"{" + ana + R"(,"until":{"activity":"Away"}})", "BadRequest",
       "[activity]: The value must be an array."},
      {"{" + ana + R"(,"until":{"activity":["Nap"]}})", "InvalidArgument",
       "No presence has the availability or activity 'Nap'."},
      {"{" + ana + R"(,"until":{"availability":["Away"],"activity":["InACall"]}})", "InvalidArgument",
       "No presence has one of these availabilities together with one of these activities."},
      {"{" + ana + "," + until + R"(,"mode":"some"})", "InvalidArgument",
       "The provided [Mode] is neither 'any' nor 'all'."},
      {"{" + ana + "," + until + R"(,"mode":2})", "BadRequest", "[mode]: The value must be a string."},
      {"{" + ana + "," + until + R"(,"for":"2 minutes"})", "BadRequest",
       "[for]: The value must be an ISO 8601 duration, such as PT1H."},
      {"{" + ana + "," + until + R"(,"for":"-PT1S"})", "InvalidArgument",
       "The provided [For] is out of range: PT0S to PT10M."},
      {"{" + ana + "," + until + R"(,"timeout":"PT10M0.0000001S"})", "InvalidArgument",
       "The provided [Timeout] is out of range: PT0S to PT10M."},
      {"{" + ana + "," + until + R"(,"timeout":"-PT1S"})", "InvalidArgument",
       "The provided [Timeout] is out of range: PT0S to PT10M."},
      {"{" + ana + "," + until + R"(,"for":"PT1M0.001S"})", "InvalidArgument",
       "The provided [For] is longer than [Timeout]: it could never be met."},
  };
  for (const Row& row : rows) {
    const Answer answer = server.post(kWaitFor, server.reader(), row.body);
    EXPECT_EQ(answer.status, 400) << row.body;
    EXPECT_EQ(answer.code(), row.code) << row.body;
    EXPECT_EQ(answer.message(), row.message) << row.body;
  }
  EXPECT_EQ(server.wait_count(), 0u);
}

TEST(WaitFor, AsManyPeopleAsABulkRead) {
  TestServer server;
  std::string users = quoted(kAna);
  for (std::size_t i = 1; i < watch::kWaitPeopleMax; ++i) users += "," + quoted(secure_random_guid());
  set_awaited_available(server, kAna);
  EXPECT_EQ(server.post(kWaitFor, server.reader(), until_available(users)).status, 200);
  const Answer more = server.post(kWaitFor, server.reader(), until_available(users + "," + quoted(kBen)));
  EXPECT_EQ(more.status, 400);
  EXPECT_EQ(more.message(), "The provided [Users] has 651 members; at most 650 are accepted.");
}

TEST(WaitFor, RefusesBeyondTheQuota) {
  TestServer server;
  std::string users = quoted(kAna);
  for (int i = 1; i < 500; ++i) users += "," + quoted(secure_random_guid());
  const std::string body = until_available(users);
  std::vector<std::unique_ptr<Waiter>> waiters;
  // 200 times 500 people are the limit of one application (watch_quota_test).
  for (int i = 0; i < 200; ++i) waiters.push_back(std::make_unique<Waiter>(server, body));
  const Answer answer = server.post(kWaitFor, server.reader(), until_available(quoted(kAna)));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("retry-after"), "10");
  EXPECT_EQ(server.wait_count(), 200u);
  const std::string other = server.token({.app = kAppB, .roles = {"Presence.Read.All"}});
  Waiter another(server, until_available(quoted(kAna)), other);
  set_awaited_available(server, kAna);
  EXPECT_EQ(another.story(), "met 0 Available/Available");
  for (const auto& waiter : waiters) waiter->read_answer();
  EXPECT_EQ(server.post(kWaitFor, server.reader(), until_available(quoted(kAna))).status, 200)
      << "the quota is released";
}

TEST(WaitFor, EndsWithTheConnection) {
  TestServer server;
  Waiter one(server, until_available(quoted(kAna)));
  Waiter other(server, until_available(quoted(kAna)));
  one.hang_up();
  server.await_wait_count(1);
  set_awaited_available(server, kAna);
  EXPECT_EQ(other.story(), "met 0 Available/Available");
}

TEST(WaitFor, AnswersAtOnceWhenTheServerStops) {
  TestServer server;
  Waiter waiter(server, until_available(quoted(kAna)));
  server.close_waits();
  const Answer answer = waiter.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "2");
  EXPECT_EQ(answer.message(), "The service is stopping. Please retry later.");
  EXPECT_EQ(server.post(kWaitFor, server.reader(), until_available(quoted(kAna))).status, 503);
}

TEST(WaitFor, TheConnectionCanBeUsedAgain) {
  TestServer server;
  const auto wire = server.connect();
  for (int i = 0; i < 2; ++i) {
    wire->ask("POST", kWaitFor, server.reader(), {"Content-Type: application/json"},
              until_available(quoted(kAna), R"(,"timeout":"PT1S")"));
    server.await_wait_count(1);
    server.advance(1s);
    EXPECT_EQ(wire->read_answer().at("/met"), "false");
  }
}

}  // namespace
}  // namespace porchlight::graph
