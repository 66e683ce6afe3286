// decide() and apply(): which commands are accepted, and the events that they cause (spec presence §5.6-5.9, §12 items
// 1 and 2).
#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

using Outcome = std::expected<std::optional<Event>, Rejection>;

Outcome try_on(const Story& s, const Command& command) { return decide(s.record, command, s.now()); }

bool is_no_event(const Outcome& outcome) { return outcome.has_value() && !outcome->has_value(); }

bool is_one_of(std::span<const State> states, State state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

TEST(Decide, OrdinaryApplicationsMaySetFivePairs) {
  for (const State state : documented_states()) {
    SCOPED_TRACE(::testing::PrintToString(state));
    const SetSession set{.key = key("A"), .state = state};
    if (is_one_of(session_states(), state))
      EXPECT_TRUE(try_on(Story(), set));
    else
      Story().expect_refused(set, Rejection::kPairNotAllowed);
  }
}

// PresenceUnknown means that the presence is not known (§2.1), so no client may set it.
TEST(Decide, SignedInClientsMaySetAllPairsExceptPresenceUnknown) {
  for (const State state : documented_states()) {
    SCOPED_TRACE(::testing::PrintToString(state));
    const SetSession set{.key = key("A"), .state = state, .client = true};
    if (state == kPresenceUnknown)
      Story().expect_refused(set, Rejection::kPairNotAllowed);
    else
      EXPECT_TRUE(try_on(Story(), set));
  }
}

TEST(Decide, PreferencesMayHaveSixPairs) {
  for (const State state : documented_states()) {
    SCOPED_TRACE(::testing::PrintToString(state));
    if (is_one_of(preferred_states(), state))
      EXPECT_TRUE(try_on(Story(), SetPreferred{.state = state}));
    else
      Story().expect_refused(SetPreferred{.state = state}, Rejection::kPairNotAllowed);
  }
}

TEST(Decide, ChecksTheLifeOfSessions) {
  struct Row {
    std::optional<Duration> life;   // of the command
    std::optional<Duration> lives;  // of the session; nullopt: refused
  };
  const std::vector<Row> rows = {{std::nullopt, 5min},
                                 {5min, 5min},
                                 {5min + kTick, 5min + kTick},
                                 {300s, 5min},
                                 {1h, 1h},
                                 {4h - kTick, 4h - kTick},
                                 {4h, 4h},
                                 {4h + kTick, std::nullopt},
                                 {5min - kTick, std::nullopt},
                                 {Duration(0), std::nullopt},
                                 {-5min, std::nullopt},
                                 {kTick, std::nullopt},
                                 {Duration::max(), std::nullopt},
                                 {Duration::min(), std::nullopt}};
  for (const Row& row : rows) {
    for (const bool client : {false, true}) {
      SCOPED_TRACE(::testing::Message() << (row.life ? row.life->count() : 0) << " ms, client " << client);
      Story s;
      const SetSession set{
          .key = key("A"), .state = pair("Busy/InACall"), .life = row.life, .client = client};
      if (!row.lives) {
        s.expect_refused(set, Rejection::kDurationOutOfRange);
        continue;
      }
      const auto accepted = try_on(s, set);
      ASSERT_TRUE(accepted && *accepted);
      const Time ends = client && !row.life ? kNever : kStart + *row.lives;
      EXPECT_EQ(std::get<SessionSet>((*accepted)->what), (SessionSet{key("A"), pair("Busy/InACall"), ends}));
      EXPECT_EQ((*accepted)->at, kStart);
    }
  }
}

TEST(Decide, ChecksTheLifeOfPreferences) {
  struct Row {
    std::string_view what;
    std::optional<Duration> life;   // of the command
    std::optional<Duration> lives;  // of the preference; nullopt: refused
  };
  const std::vector<Row> rows = {{"Available/Available", {}, days(7)},
                                 {"Busy/Busy", {}, days(1)},
                                 {"DoNotDisturb/DoNotDisturb", {}, days(1)},
                                 {"BeRightBack/BeRightBack", {}, days(7)},
                                 {"Away/Away", {}, days(7)},
                                 {"Offline/OffWork", {}, days(7)},
                                 {"Busy/Busy", kTick, kTick},
                                 {"Busy/Busy", days(366) - kTick, days(366) - kTick},
                                 {"Busy/Busy", days(366), days(366)},
                                 {"Busy/Busy", days(366) + kTick, {}},
                                 {"Busy/Busy", Duration(0), {}},
                                 {"Busy/Busy", -kTick, {}},
                                 {"Busy/Busy", Duration::max(), {}},
                                 {"Busy/Busy", Duration::min(), {}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(::testing::Message() << row.what << " " << (row.life ? row.life->count() : 0) << " ms");
    Story s;
    const SetPreferred set{.state = pair(row.what), .life = row.life};
    if (!row.lives) {
      s.expect_refused(set, Rejection::kDurationOutOfRange);
      continue;
    }
    const auto accepted = try_on(s, set);
    ASSERT_TRUE(accepted && *accepted);
    EXPECT_EQ(std::get<PreferredSet>((*accepted)->what), (PreferredSet{pair(row.what), kStart + *row.lives}));
  }
}

std::string nth(std::string_view app, std::size_t n) { return std::string(app) + "-" + std::to_string(n); }

TEST(Decide, AcceptsSixteenSessionsOfOneApplication) {
  Story s;
  for (std::size_t n = 0; n < kSessionsPerAppMax; ++n) s.set(nth("A", n), "Away/Away", n == 0 ? 5min : 1h);
  const SetSession one_more{.key = key(nth("A", 16)), .state = kAway};
  s.expect_refused(one_more, Rejection::kTooManySessions);
  s.set(nth("A", 7), "Busy/InACall", 1h);  // replaces a session
  s.set("B", "Away/Away");                 // the limit of another application
  s.at(5min - kTick).expect_refused(one_more, Rejection::kTooManySessions);
  EXPECT_EQ(s.record.sessions.size(), 17u);
  s.at(5min).run(one_more);  // expired sessions do not count
  s.expect_refused(SetSession{.key = key(nth("A", 17)), .state = kAway}, Rejection::kTooManySessions);
  s.clear(nth("A", 3)).set(nth("A", 17), "Away/Away");
}

TEST(Decide, AcceptsSixtyFourSessionsOfAUser) {
  Story s;
  for (std::size_t n = 0; n < kSessionsPerPersonMax; ++n)
    s.set(nth(std::string(1, static_cast<char>('A' + n / 10)), n), "Away/Away", n == 63 ? 5min : 1h);
  const SetSession one_more{.key = key("Z"), .state = kAway};
  s.expect_refused(one_more, Rejection::kTooManySessions);
  s.set(nth("A", 5), "Busy/InACall", 1h);
  s.at(5min - kTick).expect_refused(one_more, Rejection::kTooManySessions);
  s.at(5min).run(one_more);
  s.expect_refused(SetSession{.key = key("Y"), .state = kAway}, Rejection::kTooManySessions);
}

TEST(Decide, ReportsTheFirstFailedCheck) {
  Story s;
  for (std::size_t n = 0; n < kSessionsPerAppMax; ++n) s.set(nth("A", n), "Away/Away", 1h);
  SetSession set{.key = key(nth("A", 16)), .state = pair("Busy/Busy"), .life = 1min};
  s.expect_refused(set, Rejection::kPairNotAllowed);
  set.state = kAway;
  s.expect_refused(set, Rejection::kDurationOutOfRange);
  set.life = 5min;
  s.expect_refused(set, Rejection::kTooManySessions);
  s.expect_refused(SetPreferred{.state = pair("Busy/InACall"), .life = Duration(0)},
                   Rejection::kPairNotAllowed);
}

TEST(Decide, RefusesToClearAnUnknownSession) {
  Story s;
  s.expect_refused(ClearSession{key("A")}, Rejection::kSessionNotFound);
  s.at(0min).set("A", "Busy/InACall", 5min);
  s.expect_refused(ClearSession{key("A2")}, Rejection::kSessionNotFound);
  s.expect_refused(ClearSession{key("B")}, Rejection::kSessionNotFound);
  s.at(5min).expect_refused(ClearSession{key("A")}, Rejection::kSessionNotFound);
  s.at(5min - kTick).clear("A").expect_seen("Offline/Offline");
}

TEST(Decide, ClearingAnAbsentPreferenceCausesNoEvent) {
  Story s;
  EXPECT_TRUE(is_no_event(try_on(s, ClearPreferred{})));
  s.at(0min).prefer("Busy/Busy", 1h);
  s.at(1h);
  EXPECT_TRUE(is_no_event(try_on(s, ClearPreferred{})));
  s.at(1h - kTick);
  const auto accepted = try_on(s, ClearPreferred{});
  ASSERT_TRUE(accepted && *accepted);
  EXPECT_EQ(std::get<PreferredCleared>((*accepted)->what), PreferredCleared{});
}

// Failure messages of the other tests name rejections.
TEST(Rejection, PrintsItsName) {
  EXPECT_EQ(::testing::PrintToString(Rejection::kPairNotAllowed), "kPairNotAllowed");
  EXPECT_EQ(::testing::PrintToString(Rejection::kDurationOutOfRange), "kDurationOutOfRange");
  EXPECT_EQ(::testing::PrintToString(Rejection::kTooManySessions), "kTooManySessions");
  EXPECT_EQ(::testing::PrintToString(Rejection::kSessionNotFound), "kSessionNotFound");
  EXPECT_EQ(::testing::PrintToString(Rejection::kExpiryPassed), "kExpiryPassed");
  EXPECT_EQ(::testing::PrintToString(Rejection::kWindowEmpty), "kWindowEmpty");
}

TEST(Apply, RemovesExpiredInputs) {
  Story s;
  s.at(0min).set("A", "Busy/InACall", 5min).set("B", "Away/Away", 6min).prefer("Busy/Busy", 5min);
  s.at(5min - kTick).set("C", "Away/Away");
  EXPECT_EQ(s.record.sessions.size(), 3u);
  EXPECT_TRUE(s.record.preferred());
  s.at(5min).set("C", "Away/Away");
  ASSERT_EQ(s.record.sessions.size(), 2u);
  EXPECT_EQ(s.record.sessions[0].key, key("B"));
  EXPECT_FALSE(s.record.preferred());
}

TEST(Apply, KeepsSessionsInOrderOfKey) {
  Story s;
  for (const auto name : {"C", "A2", "B", "A", "D", "A"}) s.set(name, "Away/Away", 1h);
  ASSERT_EQ(s.record.sessions.size(), 5u);
  EXPECT_TRUE(std::ranges::is_sorted(s.record.sessions, {}, &Session::key));
}

// A replay of the log may apply an event whose session has been removed already.
TEST(Apply, IgnoresTheRemovalOfAnUnknownSession) {
  Story s;
  s.set("A", "Away/Away", 1h);
  apply(s.record, Event{.at = kStart, .sequence = 7, .what = SessionCleared{key("B")}});
  apply(s.record, Event{.at = kStart, .sequence = 8, .what = PreferredCleared{}});
  EXPECT_EQ(s.record.sessions.size(), 1u);
  EXPECT_EQ(s.record.sequence_base, 8u);
}

}  // namespace
}  // namespace porchlight::presence::testing
