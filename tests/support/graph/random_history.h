// A random history of a server: people are added and removed, set and clear presences, become hidden; trust and
// groups change; time passes. The same seed gives the same history.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/graph/test_server.h"

namespace porchlight::graph {

// A user of Contoso who is added and removed.
inline const Guid kNobody = *parse_guid("e0000000-0000-4000-8000-00000000000e");
inline const Guid kTeam = *parse_guid("70000000-0000-4000-8000-000000000007");
inline const std::vector<Guid> kWatched = {kAna, kBen, kCleo, kZoe, kNobody};

// Performs the steps through requests of the server.
class RandomHistory {
 public:
  RandomHistory(TestServer& server, unsigned seed)
      : server_(server),
        random_(seed),
        ours_(server.writer()),
        theirs_(server.token({.tenant = kFabrikam, .roles = {"Presence.ReadWrite.All"}})) {
    server_.put_group(kTeam, {kAna, kBen});
  }

  // A number below `bound`.
  unsigned below(std::size_t bound) { return static_cast<unsigned>(random_() % bound); }

  // Performs one random step.
  void run_step() {
    switch (below(16)) {
      case 0:
      case 1:
        return server_.advance(Duration(below(400'000)));
      case 2:
        return server_.advance(std::chrono::minutes(below(90)));
      case 3:
        return hide(kWatched[below(3)]);
      case 4:
        return add_or_remove();
      case 5:
        return trust();
      case 6:
        return change_group();
      case 7:
        return prefer();
      case 8:
        return set_message();
      case 9:
        return change_calendar();
      default:
        return set_or_clear();
    }
  }

 private:
  // The path of a person, and the token that may write to them.
  std::string path(const Guid& person) const { return "/v1.0/users/" + to_string(person) + "/presence/"; }
  const std::string& writer_of(const Guid& person) const { return person == kZoe ? theirs_ : ours_; }
  Guid random_person() { return kWatched[below(4)]; }

  void set_or_clear() {
    static constexpr std::pair<const char*, const char*> kStates[] = {{"Available", "Available"},
                                                                      {"Busy", "InACall"},
                                                                      {"Busy", "InAConferenceCall"},
                                                                      {"Away", "Away"},
                                                                      {"DoNotDisturb", "Presenting"}};
    const Guid person = random_person();
    const std::string session = below(3) == 0 ? "t" : "s";
    if (below(6) == 0) {
      server_.post(path(person) + "clearPresence", writer_of(person), R"({"sessionId":")" + session + "\"}");
      return;
    }
    const auto& [availability, activity] = kStates[below(5)];
    server_.post(path(person) + "setPresence", writer_of(person),
                 R"({"sessionId":")" + session + R"(","availability":")" + availability +
                     R"(","activity":")" + activity + R"(","expirationDuration":"PT)" +
                     std::to_string(5 + below(60)) + "M\"}");
  }

  void prefer() {
    const Guid person = random_person();
    if (below(2) == 0)
      server_.post(path(person) + "clearUserPreferredPresence", writer_of(person), "{}");
    else
      server_.post(
          path(person) + "setUserPreferredPresence", writer_of(person),
          below(2) == 0
              ? R"({"availability":"DoNotDisturb","activity":"DoNotDisturb","expirationDuration":"PT20M"})"
              : R"({"availability":"BeRightBack","activity":"BeRightBack"})");
  }

  void set_message() {
    const Guid person = random_person();
    server_.post(path(person) + "setStatusMessage", writer_of(person),
                 R"({"statusMessage":{"message":{"content":"back by )" + std::to_string(below(3)) + "\"}}}");
  }

  // Puts or deletes a calendar. The server's clock begins on 2030-01-07T09:00:00Z.
  void change_calendar() {
    const std::string target = "/porchlight/v1/users/" + to_string(kAna) + "/calendar";
    if (below(3) == 0) {
      server_.send("DELETE", target, ours_);
      return;
    }
    const std::string status = below(2) == 0 ? "OOF" : "BUSY";
    const Answer stored =
        server_.send("PUT", target, ours_, {"Content-Type: text/calendar"},
                     "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20300107T090000Z\r\n"
                     "DURATION:PT20M\r\nRRULE:FREQ=HOURLY;COUNT=60\r\nX-MICROSOFT-CDO-BUSYSTATUS:" +
                         status + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    EXPECT_EQ(stored.status, 200) << stored.body;
  }

  void hide(const Guid& person) {
    using presence::OthersSee;
    using presence::VisibleTo;
    const auto facade = below(2) == 0 ? OthersSee::kHidden : OthersSee::kAppearsOffline;
    const presence::Visibility audiences[] = {{VisibleTo::kNobody, facade, {}, {}},
                                              {VisibleTo::kNamed, facade, {kBen}, {}},
                                              {VisibleTo::kNamed, facade, {kAppB}, {}},
                                              {VisibleTo::kNamed, OthersSee::kHidden, {}, {kTeam}},
                                              {VisibleTo::kTenant, facade, {}, {}}};
    server_.set_audience(person, audiences[below(5)]);
  }

  void change_group() {
    const std::vector<Guid> teams[] = {{kAna, kBen}, {kAna, kCleo}, {kCleo}, {kBen, kNobody}, {}};
    server_.put_group(kTeam, teams[below(5)]);
  }

  void add_or_remove() {
    if (is_added_)
      server_.remove_user(kNobody);
    else
      server_.add_user(kNobody, "nobody@contoso.example");
    is_added_ = !is_added_;
  }

  // Changes the trust of one side; it takes effect when it is mutual.
  void trust() {
    const bool ours = below(2) == 0;
    directory::TenantSettings settings;
    if (below(3) != 0) settings.trusts = {ours ? kFabrikam : kContoso};
    if (ours)
      server_.set_contoso(settings);
    else
      server_.change({{kFabrikam, {}, directory::TenantPut{"Fabrikam", settings}}});
  }

  TestServer& server_;
  std::mt19937 random_;
  const std::string ours_, theirs_;  // tokens with write permission, of the two tenants
  bool is_added_ = false;
};

}  // namespace porchlight::graph
