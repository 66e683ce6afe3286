// The timelines T1 to T18 (spec presence §6.5), checked at each named time, a millisecond before and a millisecond
// after.
#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

TEST(Timeline, T1DefaultLife) {
  Story s;
  s.at(0min).set("A", "Available/Available");
  s.expect_seen_from({{0min, "Available/Available"}, {5min, "Offline/Offline"}});
}

TEST(Timeline, T2Fading) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h);
  s.expect_seen_from({{0min, "Available/Available"},
                      {5min, "Available/AvailableInactive"},
                      {10min, "Away/Away"},
                      {60min, "Offline/Offline"}});
}

TEST(Timeline, T3KeepAlivePreventsFading) {
  Story s;
  for (const auto when : {0min, 4min, 8min, 12min}) {
    s.at(when - kTick);
    if (when > 0min) s.expect_seen("Available/Available");
    s.at(when).set("A", "Available/Available", 1h).expect_seen("Available/Available");
    s.at(when + kTick).expect_seen("Available/Available");
  }
  s.expect_seen_from({{12min, "Available/Available"},
                      {17min, "Available/AvailableInactive"},
                      {22min, "Away/Away"},
                      {72min, "Offline/Offline"}});
}

TEST(Timeline, T4FadingContinuesBehindACall) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h);
  s.at(1min - kTick).expect_seen("Available/Available");
  s.at(1min).set("B", "Busy/InACall", 10min);
  s.expect_seen_from({{1min, "Busy/InACall"}, {11min, "Away/Away"}, {60min, "Offline/Offline"}});
}

TEST(Timeline, T5FadingContinuesBehindPresenting) {
  Story s;
  s.at(0min).set("A", "DoNotDisturb/Presenting", 5min).set("B", "Available/Available", 4h);
  s.expect_seen_from({{0min, "DoNotDisturb/Presenting"},
                      {5min, "Available/AvailableInactive"},
                      {10min, "Away/Away"},
                      {240min, "Offline/Offline"}});
}

TEST(Timeline, T6PreferenceWithoutSession) {
  Story s;
  s.at(0min).prefer("Busy/Busy");
  s.expect_seen_from({{0min, "Offline/Offline"}});
}

Story t7() {
  Story s;
  s.at(0min).prefer("Busy/Busy");
  s.at(10min - kTick).expect_seen("Offline/Offline");
  s.at(10min).set("A", "Available/Available", 30min);
  return s;
}

TEST(Timeline, T7PreferenceIsVisibleWithTheFirstSession) {
  Story s = t7();
  s.at(25min).expect_seen("Busy/Busy");
  s.expect_seen_from({{10min, "Busy/Busy"}, {40min, "Offline/Offline"}});
}

TEST(Timeline, T8PreferenceOutlivesSessions) {
  Story s = t7();
  s.at(50min - kTick).expect_seen("Offline/Offline");
  s.at(50min).set("A", "Available/Available", 30min);
  s.expect_seen_from({{50min, "Busy/Busy"}, {80min, "Offline/Offline"}});
  // It expires 24 hours after it was set.
  s.at(24h - 1min).set("A", "Away/Away", 30min);
  s.expect_seen_from({{24h - 1min, "Busy/Busy"}, {24h, "Away/Away"}, {24h + 29min, "Offline/Offline"}});
}

TEST(Timeline, T9PreferenceEnds) {
  Story s;
  s.at(0min).set("A", "Away/Away", 4h).prefer("DoNotDisturb/DoNotDisturb", 10min);
  s.expect_seen_from(
      {{0min, "DoNotDisturb/DoNotDisturb"}, {10min, "Away/Away"}, {240min, "Offline/Offline"}});
}

TEST(Timeline, T10AppearOfflineHidesACall) {
  Story s;
  s.at(0min).prefer("Offline/OffWork").set("A", "Busy/InACall", 1h);
  s.expect_seen_from({{0min, "Offline/OffWork"}, {60min, "Offline/Offline"}});
}

Story t11() {
  Story s;
  s.at(0min).set("A", "Busy/InACall", 1h).expect_seen("Busy/InACall");
  s.at(kTick).expect_seen("Busy/InACall");
  s.at(30min - kTick).expect_seen("Busy/InACall");
  s.at(30min).clear("A");
  return s;
}

TEST(Timeline, T11Clear) { t11().expect_seen_from({{30min, "Offline/Offline"}}); }

TEST(Timeline, T12ClearAgain) {
  Story s = t11();
  s.at(31min).expect_refused(ClearSession{key("A")}, Rejection::kSessionNotFound);
  s.expect_seen_from({{31min, "Offline/Offline"}});
}

TEST(Timeline, T13ClearWithTheSessionIdOfAnotherApplication) {
  Story s;
  s.at(0min).set("A", "Busy/InACall", 1h);
  const SessionKey of_a_with_id_of_b = {.app = key("A").app, .session = key("B").session};
  s.expect_refused(ClearSession{of_a_with_id_of_b}, Rejection::kSessionNotFound);
  s.expect_seen_from({{0min, "Busy/InACall"}, {60min, "Offline/Offline"}});
}

TEST(Timeline, T14RankNotAge) {
  Story s;
  s.at(0min).set("A", "Busy/InAConferenceCall", 10min);
  s.at(1min).set("B", "Busy/InACall", 1h);
  s.expect_seen_from({{0min, "Busy/InAConferenceCall"}, {10min, "Busy/InACall"}, {61min, "Offline/Offline"}});
}

// Both calls at time 0; then the session is renewed every two hours until `until`.
Story t15(Duration until) {
  Story s;
  s.at(0min).prefer("Available/Available");
  for (Duration when = 0min; when <= until; when += 2h) {
    s.at(when).set("A", "Busy/InACall", 4h);
    if (when < days(7)) s.expect_seen("Available/Available");
  }
  return s;
}

TEST(Timeline, T15PreferenceEndsAfterSevenDays) {
  Story s = t15(days(7) - 2h);
  s.expect_seen_from(
      {{days(7) - 2h, "Available/Available"}, {days(7), "Busy/InACall"}, {days(7) + 2h, "Offline/Offline"}});
}

TEST(Timeline, T16AwayReplacesAvailable) {
  Story s;
  s.at(0min).set("A", "Available/Available", 4h);
  s.at(6min - kTick).expect_seen("Available/AvailableInactive");
  s.at(6min).set("A", "Away/Away", 4h);
  s.expect_seen_from({{6min, "Away/Away"}, {246min, "Offline/Offline"}});
}

TEST(Timeline, T17AvailableReplacesAway) {
  Story s;
  s.at(0min).set("A", "Away/Away", 4h);
  s.at(1min - kTick).expect_seen("Away/Away");
  s.at(1min).set("A", "Available/Available", 4h);
  s.expect_seen_from({{1min, "Available/Available"},
                      {6min, "Available/AvailableInactive"},
                      {11min, "Away/Away"},
                      {241min, "Offline/Offline"}});
}

TEST(Timeline, T18ClearingThePreference) {
  Story s = t15(days(3));
  s.at(days(3)).expect_seen("Available/Available").clear_preferred();
  s.expect_seen_from({{days(3), "Busy/InACall"}, {days(3) + 4h, "Offline/Offline"}});
  s.clear_preferred().expect_seen("Busy/InACall");
}

}  // namespace
}  // namespace porchlight::presence::testing
