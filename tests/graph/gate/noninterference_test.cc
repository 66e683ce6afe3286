// Tests that hidden presence has no effect on other viewers (docs/visibility.md). Two servers ("worlds") get the same
// random commands, except that hidden users act in one of them only; all answers, streams and notifications of viewers
// must be the same, byte for byte.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/time_text.h"
#include "support/graph/subscriber.h"
#include "support/rounds.h"
#include "support/stream_client.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using presence::OthersSee;
using presence::VisibleTo;

constexpr int kScripts = rounds(2000);
constexpr int kStepsPerScript = 5;

const Guid kHiddenDan = *parse_guid("da000000-0000-4000-8000-00000000000d");
const Guid kHiddenTeam = *parse_guid("70000000-0000-4000-8000-000000000007");
const Guid kInsiders = *parse_guid("70000000-0000-4000-8000-000000000008");
const Guid kUnknownUser = *parse_guid("e0000000-0000-4000-8000-00000000000e");
// Ana and Dan hide their presence, Ben and Cleo do not. Cleo may see Dan; the viewers may not.
const Guid kHiding[] = {kAna, kHiddenDan};
const Guid kOpen[] = {kBen, kCleo};
const Guid kAllUsers[] = {kAna, kBen, kCleo, kHiddenDan, kUnknownUser};

// The text with each value between `before` and the next quotation mark replaced by mask(length of the value).
template <typename Mask>
std::string replaced(std::string text, std::string_view before, Mask mask) {
  for (std::size_t at = text.find(before); at != text.npos; at = text.find(before, at)) {
    at += before.size();
    const std::size_t end = std::min(text.find('"', at), text.size());
    text.replace(at, end - at, mask(end - at));
  }
  return text;
}

// The text without request ids, which differ always, and with sealed tokens replaced by their length: a token is a
// position in the log of one server.
std::string masked(const std::string& text) {
  const auto length = [](std::size_t size) { return std::to_string(size); };
  const std::string without_ids = replaced(text, "request-id\":\"", [](std::size_t) { return ""; });
  return replaced(replaced(without_ids, "$skiptoken=", length), "$deltatoken=", length);
}

// The parts of an answer that are compared: status, headers except those of the moment, and the masked body.
std::string shown(const Answer& answer) {
  static const std::set<std::string> kOfTheMoment = {"date", "request-id", "client-request-id"};
  std::string out = std::to_string(answer.status) + "\n";
  for (const auto& [name, value] : answer.headers)
    if (!kOfTheMoment.contains(name)) out += name + ": " + value + "\n";
  return out + masked(answer.body);
}

// A request that is sent to both servers.
struct Question {
  std::string method = "GET";
  std::string target;
  std::vector<std::string> headers = {};
  std::string body = {};
};

// A viewer's stream, and the presences that its client has received.
struct HiddenFollower {
  std::unique_ptr<StreamClient> client;
  std::map<std::string, std::string> known = {};  // by id
  std::string last_id = {};
  std::size_t told = 0;

  // Reads the events that have been sent so far: the answer to a message is sent after them. Returns true if there was
  // an event.
  bool take() {
    client->say(R"({"unsubscribe":{"users":[]}})");
    bool any = false;
    for (;;) {
      const auto event = client->next();
      if (!event || event->name == "subscribed") return any;
      if (event->name == "presence") known[Answer{200, {}, event->data}.at("/id")] = event->data;
      if (!event->id.empty()) last_id = event->id;
      any = true;
      ++told;
    }
  }
};

// The two servers, and the random script that both run.
class Worlds {
 public:
  // kHidden: the users of kHiding are hidden on both servers. kOffline: Ana appears offline on the lively server, and
  // is offline on the quiet one, with as many visible changes at that moment.
  enum class Twin : std::uint8_t { kHidden, kOffline };

  explicit Worlds(unsigned seed, Twin twin = Twin::kHidden) : random_(seed), twin_(twin) {
    for (TestServer* server : {&quiet_, &lively_}) {
      server->enable_history();
      server->enable_subscriptions({.application_permission = true, .state_in_basic = true, .life_max = 72h});
      server->add_user(kHiddenDan, "dan@contoso.example");
      server->put_group(kHiddenTeam, {kAna, kBen, kHiddenDan});
      server->put_group(kInsiders, {kCleo});
      server->set_contoso({.zone = "UTC", .trusts = {kFabrikam}});
      server->change(
          {{kFabrikam, {}, directory::TenantPut{"Fabrikam", {.zone = "UTC", .trusts = {kContoso}}}}});
    }
    if (twin == Twin::kHidden)
      for (const Guid& person : kHiding) hide(person);
    else
      appear_offline();
    for (unsigned who = 0; who < 3; ++who)
      for (TestServer* server : {&quiet_, &lively_}) followers_.push_back({follow_all(*server, who)});
  }

  // Compares what the streams of both servers have sent. A stream promises the newest state of each user only, so the
  // number of events may differ.
  void compare_streams() {
    for (std::size_t i = 0; i < followers_.size(); i += 2) {
      settle(quiet_, followers_[i]);
      settle(lively_, followers_[i + 1]);
      ASSERT_EQ(followers_[i].known, followers_[i + 1].known) << "viewer " << i / 2;
      ASSERT_EQ(followers_[i].last_id, followers_[i + 1].last_id) << "viewer " << i / 2;
    }
  }
  std::size_t events_of_streams() const { return followers_[0].told; }

  void step() {
    run_step();
    compare_posts();
  }

  // Number of notifications that subscribers got.
  std::size_t told() const { return told_; }

  // Returns true if the hidden presence of Ana differs between the servers.
  bool differ() {
    const std::string own = "/v1.0/me/presence";
    return shown(quiet_.get(own, own_token(quiet_, kAna))) !=
           shown(lively_.get(own, own_token(lively_, kAna)));
  }

 private:
  template <typename T, std::size_t N>
  const T& any_of(const T (&all)[N]) {
    return all[random_() % N];
  }

  void run_step() {
    switch (random_() % 8) {
      case 0:
        return pass();
      case 1:
        return act(any_of(kOpen), {&quiet_, &lively_});
      case 2:
        if (twin_ == Twin::kHidden && random_() % 8 == 0) return hide(any_of(kHiding));
        [[fallthrough]];
      case 3:
      case 4:
        return act(twin_ == Twin::kHidden ? any_of(kHiding) : kAna, {&lively_});
      default:
        if (random_() % 40 == 0) subscribe();
        return compare(any_question());
    }
  }

  std::unique_ptr<StreamClient> follow_all(TestServer& server, unsigned who) {
    std::string target = "/porchlight/v1/stream?users=";
    for (const Guid& id : kAllUsers) target += to_string(id) + ",";
    return std::make_unique<StreamClient>(
        server.port(), target,
        std::vector<std::string>{"Authorization: Bearer " + viewer(server, who, std::chrono::years(10)),
                                 "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="});
  }

  // Reads until two rounds in a row have no event: a page that waits for the one before it is sent within two rounds.
  static void settle(TestServer& server, HiddenFollower& follower) {
    for (int quiet = 0; quiet < 2;) {
      server.wait_count();
      quiet = follower.take() ? 0 : quiet + 1;
    }
  }

  // A viewer subscribes to all users, unless the viewer has done so before.
  void subscribe() {
    const unsigned who = random_() % 3;
    const std::string body =
        subscription_to(presences_of({std::begin(kAllUsers), std::end(kAllUsers)}), now_ + 72h);
    int statuses[2];
    for (int i = 0; i < 2; ++i) {
      TestServer& server = i == 0 ? quiet_ : lively_;
      statuses[i] = server.post("/v1.0/subscriptions", viewer(server, who), body).status;
    }
    ASSERT_EQ(statuses[0], statuses[1]);
  }

  // Compares the notifications of both servers, without their random members.
  void compare_posts() {
    std::vector<std::string> sent[2];
    for (int i = 0; i < 2; ++i)
      for (const Answer& item : items_of((i == 0 ? quiet_ : lively_).take_posts()))
        sent[i].push_back(item.at("/tenantId") + item.at("/resource") +
                          item.at("/resourceData/availability") + item.at("/resourceData/activity") +
                          item.at("/subscriptionExpirationDateTime"));
    ASSERT_EQ(sent[0], sent[1]);
    told_ += sent[0].size();
  }

  void pass() {
    const Duration step =
        random_() % 2 == 0 ? Duration(random_() % 600'000) : Duration(random_() % 7'200'000);
    for (TestServer* server : {&quiet_, &lively_}) server->advance(step);
    now_ += step;
  }

  // Gives a user a random visibility that hides them from the viewers. The clock advances first: a change of visibility
  // restarts the sequence number at the current second.
  void hide(const Guid& person) {
    for (TestServer* server : {&quiet_, &lively_}) server->advance(1h);
    now_ += 1h;
    const auto facade = random_() % 2 == 0 ? OthersSee::kHidden : OthersSee::kAppearsOffline;
    presence::Visibility audience{VisibleTo::kNobody, facade, {}, {}};
    if (random_() % 2 == 0) audience = {VisibleTo::kNamed, facade, {kAppB}, {kInsiders}};
    quiet_.set_audience(person, audience);
    lively_.set_audience(person, audience);
  }

  // Two changes on each server: of the visibility, or of a status message that is gone at once.
  void appear_offline() {
    for (TestServer* server : {&quiet_, &lively_}) server->advance(1h);
    now_ += 1h;
    for (const char* const text : {"Back", ""}) {
      quiet_.post(
          "/v1.0/me/presence/setStatusMessage", own_token(quiet_, kAna),
          R"({"statusMessage":{"message":{"content":")" + std::string(text) + R"(","contentType":"text"}}})");
    }
    for (const auto facade : {OthersSee::kHidden, OthersSee::kAppearsOffline})
      lively_.set_audience(kAna, {VisibleTo::kNobody, facade, {}, {}});
  }

  static std::string own_token(TestServer& server, const Guid& person) {
    return server.user(person, {"Presence.Read", "Presence.ReadWrite"});
  }

  // A user performs a random action on the given servers.
  void act(const Guid& person, std::initializer_list<TestServer*> where) {
    static const std::pair<std::string, std::string> kActions[] = {
        {"/presence/setPresence",
         R"({"sessionId":"a","availability":"Available","activity":"Available","expirationDuration":"PT30M"})"},
        {"/presence/setPresence",
         R"({"sessionId":"b","availability":"Busy","activity":"InACall","expirationDuration":"PT5M"})"},
        {"/presence/clearPresence", R"({"sessionId":"a"})"},
        {"/presence/setUserPreferredPresence",
         R"({"availability":"DoNotDisturb","activity":"DoNotDisturb","expirationDuration":"PT20M"})"},
        {"/presence/clearUserPreferredPresence", "{}"},
        {"/presence/setStatusMessage",
         R"({"statusMessage":{"message":{"content":"Back","contentType":"text"}}})"},
        {"/presence/setStatusMessage",
         R"({"statusMessage":{"message":{"content":"","contentType":"text"}}})"},
        {"/presence/setManualLocation", R"({"workLocationType":"office"})"},
        {"/presence/clearLocation", "{}"},
        {"/outOfOffice", R"({"message":"Away"})"},
    };
    const auto& [action, body] = any_of(kActions);
    for (TestServer* server : where) {
      const bool own = action == "/outOfOffice";
      server->send(own ? "PUT" : "POST", (own ? "/porchlight/v1/me" : "/v1.0/me") + action,
                   own_token(*server, person), {"Content-Type: application/json"}, body);
    }
  }

  // The token of a viewer: a colleague, an application, or an application of a trusted tenant.
  std::string viewer(TestServer& server, unsigned which, Duration life = std::chrono::days(30)) {
    const std::vector<std::string> rights = {"Presence.Read.All", "User.Read.All", "Group.Read.All",
                                             "Porchlight.History.Read.All"};
    if (which == 0) return server.token({.user = kBen, .scopes = rights, .life = life});
    if (which == 1) return server.token({.roles = rights, .life = life});
    return server.token({.tenant = kFabrikam, .roles = rights, .life = life});
  }

  Question any_question() {
    const std::string person = to_string(any_of(kAllUsers));
    std::string then;
    append_date_time(then, now_ - Duration(random_() % 36'000'000));
    static const std::string kQueries[] = {"", "?$select=activity,sequenceNumber", "?asOf="};
    std::string query = any_of(kQueries);
    if (query == "?asOf=") query += then;
    std::string ids;
    for (const Guid& id : kAllUsers) ids += (ids.empty() ? "\"" : ",\"") + to_string(id) + '"';
    const std::string json = "Content-Type: application/json";
    const std::string eventual = "ConsistencyLevel: eventual";
    const std::string ours = "/porchlight/v1/users/" + person;
    const Question questions[] = {
        {.target = "/v1.0/users/" + person + "/presence" + query},
        {.target = "/v1.0/users/" + person + "/presence", .headers = {"Prefer: porchlight.freshness"}},
        {.target = "/v1.0/users/" + person + "/presence", .headers = {"If-None-Match: " + tags_[person]}},
        {.target = "/beta/communications/presences/" + person + query},
        {.target = "/v1.0/communications/presences"},
        {.target = "/v1.0/communications/presences?$top=2&$count=true"},
        {.target = "/v1.0/communications/presences?$filter=availability%20eq%20'Offline'&$count=true"},
        {.target = "/v1.0/communications/presences?$filter=activity%20eq%20'InACall'"},
        {.target = "/v1.0/communications/presences/$count?$filter=availability%20eq%20'PresenceUnknown'"},
        {.method = "POST",
         .target = "/v1.0/communications/getPresencesByUserId" + query,
         .headers = {json},
         .body = R"({"ids":[)" + ids + "]}"},
        {.method = "POST",
         .target = "/v1.0/$batch",
         .headers = {json},
         .body = R"({"requests":[{"id":"1","method":"GET","url":"/users/)" + person +
                 R"(/presence"},{"id":"2","method":"GET","url":"/communications/presences"},)"
                 R"({"id":"3","method":"GET","url":"/communications/presences/delta?$top=2"}]})"},
        {.target = "/v1.0/communications/presences/delta?$top=" + std::to_string(1 + random_() % 3)},
        {.target = "(next page)"},
        {.target = "(next page)"},
        {.target = ours + "/presence/explain"},
        {.target = ours + "/presence/explain?asOf=" + then},
        {.target = ours + "/presence/history?from=" + then},
        {.target = ours + "/visibility"},
        {.target = ours + "/calendar"},
        {.target = "/porchlight/v1/groups/" + to_string(kHiddenTeam) + "/presences"},
        {.target = "/porchlight/v1/groups/" + to_string(kHiddenTeam) +
                   "/presences?$filter=availability%20eq%20'Offline'"},
        {.target = "/v1.0/users/" + person},
        {.target = "/v1.0/users?$orderby=displayName%20desc&$top=2&$count=true", .headers = {eventual}},
        {.target = "/v1.0/users?$search=%22displayName:d%22%20OR%20%22mail:a%22", .headers = {eventual}},
        {.target =
             "/beta/users?$filter=id%20ne%20'" + person + "'%20and%20accountEnabled%20eq%20true&$count=true",
         .headers = {eventual}},
        {.target = "/v1.0/users/$count?$filter=userType%20eq%20'Member'", .headers = {eventual}},
        {.target = "/v1.0/groups?$orderby=displayName&$filter=startswith(displayName,'G')&$count=true",
         .headers = {eventual}},
        {.target = "/v1.0/groups/$count", .headers = {eventual}},
        {.target = "/v1.0/groups/" + to_string(kHiddenTeam) + "/members"},
        {.target = "/v1.0/groups/" + to_string(kHiddenTeam) + "/members/$count", .headers = {eventual}},
        {.method = "POST",
         .target = "/porchlight/v1/waitFor",
         .headers = {json},
         .body = R"({"users":[)" + ids +
                 R"(],"mode":"all","until":{"availability":["Available","Busy"]},"timeout":"PT0S"})"},
    };
    return any_of(questions);
  }

  void compare(const Question& question) {
    const unsigned who = random_() % 3;
    const auto ask = [&](TestServer& server, std::string& next_page) {
      const bool is_next_page = question.target == "(next page)";
      if (is_next_page && next_page.empty()) return Answer{};
      const Answer answer = server.send(question.method, is_next_page ? next_page : question.target,
                                        viewer(server, who), question.headers, question.body);
      for (const char* link : {"/@odata.nextLink", "/@odata.deltaLink"}) {
        const std::string to = answer.at(link);
        if (to.find("/communications/presences/delta") != to.npos) next_page = to.substr(to.find("/v1.0/"));
      }
      return answer;
    };
    const Answer quiet = ask(quiet_, next_pages_[who].first), lively = ask(lively_, next_pages_[who].second);
    if (const std::string tag = quiet.header("ETag"); !tag.empty()) tags_[quiet.at("/id")] = tag;
    ASSERT_EQ(shown(quiet), shown(lively))
        << question.method << " " << question.target << " " << question.body << " by viewer " << who;
  }

  std::mt19937 random_;
  const Twin twin_;
  static constexpr throttle::Budgets kUnlimited = {{0, 30s}, {0, 30s}, {0, 10s}};
  static constexpr const char* kBase = "https://porchlight.example";
  TestServer quiet_{kUnlimited, kBase}, lively_{kUnlimited, kBase};
  Time now_{std::chrono::seconds(1894006800)};
  std::vector<HiddenFollower> followers_;  // for each viewer, on the quiet and then on the lively server
  std::size_t told_ = 0;
  std::map<unsigned, std::pair<std::string, std::string>> next_pages_;
  std::map<std::string, std::string> tags_ = {};
};

TEST(Noninterference, HiddenChangesChangeNoByte) {
  Worlds worlds(5);
  int different = 0;
  for (int script = 0; script < kScripts; ++script) {
    for (int step = 0; step < kStepsPerScript; ++step) {
      worlds.step();
      if (testing::Test::HasFatalFailure()) FAIL() << "in script " << script;
    }
    worlds.compare_streams();
    if (testing::Test::HasFatalFailure()) FAIL() << "in script " << script;
    if (script % 20 == 0) different += worlds.differ();
  }
  // The test is meaningless unless the hidden state did differ.
  EXPECT_GT(different, kScripts / 20 / 2);
  EXPECT_GT(worlds.told(), kScripts / 4u);
  EXPECT_GT(worlds.events_of_streams(), kScripts / 4u);
}

// A user who appears offline is like one who went offline, in every member of every answer, stream and notification.
TEST(Noninterference, AppearingOfflineIsLikeBeingOffline) {
  Worlds worlds(6, Worlds::Twin::kOffline);
  int different = 0;
  for (int script = 0; script < kScripts / 2; ++script) {
    for (int step = 0; step < kStepsPerScript; ++step) {
      worlds.step();
      if (testing::Test::HasFatalFailure()) FAIL() << "in script " << script;
    }
    worlds.compare_streams();
    if (testing::Test::HasFatalFailure()) FAIL() << "in script " << script;
    if (script % 20 == 0) different += worlds.differ();
  }
  EXPECT_GT(different, kScripts / 40 / 2);
  EXPECT_GT(worlds.told(), kScripts / 10u);
}

}  // namespace
}  // namespace porchlight::graph
