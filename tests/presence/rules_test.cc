// Rules R1 to R13 (spec presence §6.2), fading (§6.3), and wall clocks that jump back.
#include "presence/rules.h"

#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

// The pairs that a session can have, best rank first: all except PresenceUnknown, which is the last.
std::span<const State> in_order_of_rank() {
  return documented_states().first(documented_states().size() - 1);
}

TEST(Rules, R1LifeIsHalfOpen) {
  Story s;
  s.at(0min).set("A", "Busy/InACall", 5min);
  s.at(5min - kTick).expect_seen("Busy/InACall");
  s.at(5min).expect_seen("Offline/Offline");
}

TEST(Rules, R2IsOfflineWithoutALiveSession) {
  for (const State preferred : preferred_states()) {
    SCOPED_TRACE(::testing::PrintToString(preferred));
    Story s;
    s.run(SetPreferred{.state = preferred}).expect_seen("Offline/Offline");
    EXPECT_EQ(explain(s.record, s.now()).rule, Rule::kNoLiveSession);
    EXPECT_EQ(explain(s.record, s.now()).session, nullptr);
  }
}

TEST(Rules, R3PreferenceShowsExactlyAsSetOverAnySession) {
  for (const State session : in_order_of_rank()) {
    for (const State preferred : preferred_states()) {
      SCOPED_TRACE(::testing::PrintToString(session) + " " + ::testing::PrintToString(preferred));
      Story s;
      s.run(SetSession{.key = key("A"), .state = session, .client = true});
      s.run(SetPreferred{.state = preferred});
      const Explanation why = explain(s.record, s.now());
      EXPECT_EQ(why.state, preferred);
      EXPECT_EQ(why.rule, Rule::kPreferred);
      EXPECT_EQ(why.session, nullptr);
    }
  }
}

// R4, R5 and R7: of any two sessions, in both orders of arrival, the one with the better rank decides.
TEST(Rules, R4R5R7TheBetterRankDecides) {
  for (const State better : in_order_of_rank()) {
    for (const State worse : in_order_of_rank().subspan(better.rank())) {
      SCOPED_TRACE(::testing::PrintToString(better) + " over " + ::testing::PrintToString(worse));
      for (const auto& [first, second] : {std::pair("A", "B"), std::pair("B", "A")}) {
        Story s;
        s.run(SetSession{.key = key(first), .state = better, .client = true});
        s.run(SetSession{.key = key(second), .state = worse, .client = true});
        const Explanation why = explain(s.record, s.now());
        EXPECT_EQ(why.state, better);
        EXPECT_EQ(why.rule, Rule::kBestSession);
        ASSERT_NE(why.session, nullptr);
        EXPECT_EQ(why.session->key, better == worse ? key("A") : key(first));
      }
    }
  }
}

TEST(Rules, R4OrderOfAvailability) {
  Story s;
  s.set("A", "Away/Away", 4h).expect_seen("Away/Away");
  s.set_by_client("B", "BeRightBack/BeRightBack").expect_seen("BeRightBack/BeRightBack");  // R5
  s.set("C", "Available/Available", 4h).expect_seen("Available/Available");
  s.set("D", "Busy/InACall", 4h).expect_seen("Busy/InACall");
  s.set("E", "DoNotDisturb/Presenting", 4h).expect_seen("DoNotDisturb/Presenting");
  s.set_by_client("F", "Offline/Offline").expect_seen("DoNotDisturb/Presenting");
}

TEST(Rules, R6FadesBeforeComparing) {
  Story s;
  s.at(0min).set("A", "Available/Available", 4h).set_by_client("B", "BeRightBack/BeRightBack", 4h);
  s.expect_seen_from({{0min, "Available/Available"},
                      {5min, "Available/AvailableInactive"},
                      {10min, "BeRightBack/BeRightBack"},  // A has faded to Away, which ranks below
                      {240min, "Offline/Offline"}});
}

TEST(Rules, R6TwoAvailableSessionsFadeByTheirOwnAge) {
  Story s;
  s.at(0min).set("A", "Available/Available", 4h);
  s.at(3min).set("B", "Available/Available", 4h);
  s.expect_seen_from({{3min, "Available/Available"},
                      {8min, "Available/AvailableInactive"},
                      {13min, "Away/Away"},
                      {243min, "Offline/Offline"}});
}

TEST(Rules, OnlyAvailableFades) {
  for (const State state : in_order_of_rank()) {
    if (state == kAvailable) continue;
    SCOPED_TRACE(::testing::PrintToString(state));
    Story s;
    s.run(SetSession{.key = key("A"), .state = state, .life = 4h, .client = true});
    for (const Duration age : {Duration(0min), Duration(5min), Duration(10min), 4h - kTick})
      EXPECT_EQ(effective(s.record, kStart + age), state);
  }
}

TEST(Rules, ASignedInClientDoesNotFade) {
  Story s;
  s.at(0min).set_by_client("A", "Available/Available");
  s.expect_seen_from({{0min, "Available/Available"}});
  s.at(days(10'000)).expect_seen("Available/Available");
  EXPECT_EQ(effective(s.record, Time::max()), kAvailable);
  s.record.ensure_extras().preferred = Preference{kStart, kNever, kAway};
  EXPECT_EQ(effective(s.record, Time::max()), kAway);
  s.record.ensure_extras().preferred.reset();
  s.clear("A").expect_seen("Offline/Offline");
}

TEST(Rules, SessionsWithTheDefaultLifeNeverFade) {
  Story s;
  s.at(0min).set("A", "Available/Available", kSessionLifeDefault);
  s.at(5min).expect_seen("Offline/Offline");
}

TEST(Rules, R8PreferenceDoesNotFadeNorKeepASessionAlive) {
  Story s;
  s.at(0min).set("A", "Busy/InACall", 1h).prefer("Available/Available");
  s.expect_seen_from({{0min, "Available/Available"}, {60min, "Offline/Offline"}});
}

TEST(Rules, R9PreferenceLifeIsHalfOpenAndSessionsShowAgain) {
  Story s;
  s.at(0min).set("A", "Available/Available", 4h).prefer("Away/Away", 7min);
  s.expect_seen_from({{0min, "Away/Away"},
                      {7min, "Available/AvailableInactive"},
                      {10min, "Away/Away"},
                      {240min, "Offline/Offline"}});
}

TEST(Rules, R10PreferenceWaitsForASession) {
  Story s;
  s.at(0min).prefer("BeRightBack/BeRightBack", 1h).expect_seen("Offline/Offline");
  s.at(59min).set("A", "Busy/InACall", 1h);
  s.expect_seen_from(
      {{59min, "BeRightBack/BeRightBack"}, {60min, "Busy/InACall"}, {119min, "Offline/Offline"}});
}

TEST(Rules, R10ExpiredPreferenceDoesNotShow) {
  Story s;
  s.at(0min).prefer("BeRightBack/BeRightBack", 1h);
  s.at(60min).set("A", "Busy/InACall").expect_seen("Busy/InACall");
}

TEST(Rules, R11PreferenceIsKeptWhenTheLastSessionEnds) {
  Story s;
  s.at(0min).prefer("Busy/Busy").set("A", "Available/Available", 5min);
  s.at(5min).expect_seen("Offline/Offline");
  s.at(6min).set("A", "Available/Available", 5min).expect_seen("Busy/Busy");
  s.clear("A").expect_seen("Offline/Offline");
  s.at(7min).set("B", "Away/Away").expect_seen("Busy/Busy");
}

TEST(Rules, R12AwayOfOneNeverBeatsAvailableOfAnother) {
  Story s;
  s.at(0min).set("A", "Available/Available", 4h);
  s.at(1min).set("B", "Away/Away", 4h).expect_seen("Available/Available");
}

TEST(Rules, R13ABusyPreferenceIsNeverOutranked) {
  Story s;
  s.at(0min).prefer("Busy/Busy").set("A", "Available/Available", 4h).expect_seen("Busy/Busy");
  s.at(1min).set("B", "DoNotDisturb/Presenting", 4h).expect_seen("Busy/Busy");
}

TEST(Rules, ARepeatRestartsLifeAndFading) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h);
  s.at(59min).expect_seen("Away/Away").set("A", "Available/Available", 6min);
  s.expect_seen_from(
      {{59min, "Available/Available"}, {64min, "Available/AvailableInactive"}, {65min, "Offline/Offline"}});
}

TEST(Rules, AnEmptyRecordIsOffline) {
  const Record empty;
  for (const Time now : {Time::min(), kStart, Time::max()}) {
    EXPECT_EQ(effective(empty, now), kOffline);
    EXPECT_EQ(next_change(empty, now), std::nullopt);
  }
}

TEST(Rules, AClockThatJumpsBackExpiresNoInput) {
  Story s;
  s.at(days(3)).set("A", "Available/Available", 5min).prefer("Busy/Busy", 10min);
  s.at(days(3)).set("B", "Busy/InACall", 5min);
  for (const Duration back : {Duration(days(3) - kTick), Duration(days(1)), Duration(0), -Duration(days(3))})
    s.at(back).expect_seen("Busy/Busy");
  s.at(0min).clear_preferred().clear("B");
  s.at(0min).expect_seen("Available/Available");
  // The age is zero until the clock reaches the time at which the session was set.
  s.expect_seen_from({{0min, "Available/Available"}, {days(3) + 5min, "Offline/Offline"}});
}

TEST(Rules, TimesAtTheEndsOfTimeDoNotOverflow) {
  for (const Time from : {Time::min(), Time(Duration(-1)), Time::max() - Duration(1), Time::max()}) {
    for (const Time until : {Time::min(), Time(Duration(0)), Time::max() - Duration(1), Time::max()}) {
      Record record;
      record.sessions.push_back(Session(key("A"), kAvailable, from, until));
      record.ensure_extras().preferred = Preference{.set_at = from, .expires_at = until, .state = kAway};
      for (const Time now : {Time::min(), Time(Duration(0)), Time::max() - Duration(1), Time::max()}) {
        const State seen = effective(record, now);
        const auto next = next_change(record, now);
        if (next) {
          EXPECT_GT(*next, now);
          EXPECT_NE(effective(record, *next), seen);
        }
        sequence(record, now);
      }
    }
  }
}

TEST(Session, StoresTheLifeInMilliseconds) {
  for (const Duration life : {Duration(0), Duration(1), Duration(5min), Duration(4h), Duration(days(49))}) {
    const Session session(key("A"), kAway, kStart, kStart + life);
    EXPECT_EQ(session.expires_at(), kStart + life);
    EXPECT_FALSE(session.never_expires());
  }
  const Session endless(key("A"), kAway, kStart, kNever);
  EXPECT_TRUE(endless.never_expires());
  EXPECT_EQ(endless.expires_at(), kNever);
}

TEST(Session, CutsALifeBeyondThirtyTwoBits) {
  const Session session(key("A"), kAway, kStart, kStart + days(400));
  EXPECT_FALSE(session.never_expires());
  EXPECT_EQ(session.expires_at(), kStart + Duration(0xFFFFFFFE));
  EXPECT_EQ(Session(key("A"), kAway, kStart, kStart - 1h).expires_at(), kStart);
}

}  // namespace
}  // namespace porchlight::presence::testing
