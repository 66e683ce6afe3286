// Inputs that few users have: meetings and automatic replies (spec presence §6.2, §8), and the visibility (§6.8).
#include "presence/rules.h"
#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

Span span(Duration from, Duration until) { return {kStart + from, kStart + until}; }

// A story of a signed-in client that is available, and does not fade.
Story available() {
  Story s;
  s.at(0min).set_by_client("A", "Available/Available");
  return s;
}

OutOfOffice reply(Duration from, Duration until, std::string text = "Away") {
  return {.from = kStart + from, .until = kStart + until, .message = std::move(text)};
}

TEST(Meeting, OverridesSessionsOfALowerRank) {
  for (const State session : documented_states().first(documented_states().size() - 1)) {
    SCOPED_TRACE(::testing::PrintToString(session));
    Story s;
    s.run(SetSession{.key = key("A"), .state = session, .client = true});
    s.run(SetCalendar{Calendar{{span(0min, 60min)}, {}}});
    const Explanation why = explain(s.record, s.now());
    const bool is_meeting = kInAMeeting < session;
    EXPECT_EQ(why.state, is_meeting ? kInAMeeting : session);
    EXPECT_EQ(why.rule, is_meeting ? Rule::kMeeting : Rule::kBestSession);
    EXPECT_EQ(why.session, is_meeting ? nullptr : &s.record.sessions.front());
  }
}

TEST(Meeting, IsHalfOpen) {
  Story s = available();
  s.run(SetCalendar{Calendar{{span(10min, 20min), span(30min, 40min)}, {}}});
  s.expect_seen_from({{0min, "Available/Available"},
                      {10min, "Busy/InAMeeting"},
                      {20min, "Available/Available"},
                      {30min, "Busy/InAMeeting"},
                      {40min, "Available/Available"}});
}

TEST(Meeting, YieldsToAPreferenceAndNeedsASession) {
  Story s = available();
  s.run(SetCalendar{Calendar{{span(0min, 60min)}, {}}}).expect_seen("Busy/InAMeeting");
  s.prefer("Away/Away", 10min).expect_seen("Away/Away");
  s.at(10min).expect_seen("Busy/InAMeeting");
  s.clear("A").expect_seen("Offline/Offline");
  EXPECT_EQ(next_change(s.record, s.now()), std::nullopt);
}

TEST(Calendar, CausesNoEventIfItIsUnchanged) {
  Story s = available();
  const SetCalendar set{Calendar{{span(0min, 60min)}, {}}};
  s.run(set);
  const auto again = decide(s.record, SetCalendar{Calendar{{span(0min, 60min)}, {}}}, s.now());
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->has_value());
  const auto other = decide(s.record, SetCalendar{Calendar{{span(0min, 61min)}, {}}}, s.now());
  EXPECT_TRUE(other.has_value() && other->has_value());
}

// What was skipped is reported until the feed is read again.
TEST(Calendar, IsRemovedAfterItsEndUnlessItReportsSkippedItems) {
  for (const std::uint32_t skipped : {0u, 1u}) {
    Story s = available();
    s.run(SetCalendar{Calendar{{span(0min, 10min)}, {}, {.count = skipped, .first = {}}}});
    s.at(10min - kTick).set("B", "Away/Away");
    EXPECT_TRUE(s.record.extras && s.record.extras->calendar);
    s.at(10min).set("B", "Away/Away");
    EXPECT_EQ(s.record.extras && s.record.extras->calendar, skipped == 1);
  }
}

TEST(OutOfOffice, LastsFromItsStartToItsEnd) {
  Story s = available();
  s.run(SetOutOfOffice{reply(10min, 20min)});
  s.expect_seen_from(
      {{0min, "Available/Available"}, {10min, "Available/OutOfOffice"}, {20min, "Available/Available"}});
  EXPECT_EQ(visible(s.record, kStart).reply, nullptr);
  const Visible seen = visible(s.record, kStart + 10min);
  ASSERT_NE(seen.reply, nullptr);
  EXPECT_EQ(*seen.reply, "Away");
  EXPECT_TRUE(seen.out_of_office);
}

TEST(OutOfOffice, WithoutATextShowsNone) {
  Story s = available();
  s.run(SetOutOfOffice{reply(0min, 20min, "")});
  EXPECT_EQ(visible(s.record, s.now()).reply, nullptr);
  EXPECT_TRUE(visible(s.record, s.now()).out_of_office);
}

TEST(OutOfOffice, RefusesAnEmptyWindow) {
  Story s = available();
  s.at(30min).expect_refused(SetOutOfOffice{reply(40min, 40min)}, Rejection::kWindowEmpty);
  s.expect_refused(SetOutOfOffice{reply(40min, 40min - kTick)}, Rejection::kWindowEmpty);
  s.expect_refused(SetOutOfOffice{reply(0min, 30min)}, Rejection::kWindowEmpty);
  s.run(SetOutOfOffice{reply(0min, 30min + kTick)}).expect_seen("Available/OutOfOffice");
}

TEST(Visibility, DecidesWhoSeesThePresence) {
  const Guid subject = guid("subject"), other = guid("other"), app = guid("app"), group = guid("group");
  const std::vector<Guid> groups = {group};
  const Visibility tenant, nobody{.visible_to = VisibleTo::kNobody, .members = {}, .groups = {}};
  const Visibility user{.visible_to = VisibleTo::kNamed, .members = {other}, .groups = {}};
  const Visibility application{.visible_to = VisibleTo::kNamed, .members = {app}, .groups = {}};
  const Visibility members{.visible_to = VisibleTo::kNamed, .members = {}, .groups = {group}};
  struct Row {
    std::string_view what;
    Visibility visibility;
    Viewer viewer;
    bool sees;
  };
  const Row rows[] = {
      {"the user", nobody, {.app = app, .user = subject}, true},
      {"another user of the tenant", tenant, {.app = app, .user = other}, true},
      {"an application of the tenant", tenant, {.app = app, .user = {}}, true},
      {"no other user", nobody, {.app = app, .user = other}, false},
      {"no application", nobody, {.app = app, .user = {}}, false},
      {"a named user", user, {.app = app, .user = other}, true},
      {"a user who is not named", application, {.app = app, .user = other}, false},
      {"a named application", application, {.app = app, .user = {}}, true},
      {"an application that is not named", user, {.app = app, .user = {}}, false},
      {"a member of a named group", members, {.app = app, .user = other, .groups = groups}, true},
      {"a user in other groups", user, {.app = app, .user = guid("third"), .groups = groups}, false},
      {"an application has no groups", members, {.app = app, .user = {}, .groups = groups}, false},
  };
  for (const Row& row : rows) EXPECT_EQ(may_see(row.visibility, subject, row.viewer), row.sees) << row.what;
}

TEST(Visibility, DecidesWhatABadgeShows) {
  using enum BadgeContent;
  struct Row {
    VisibleTo visible_to;
    OthersSee others_see;
    BadgeContent content;
  };
  const Row rows[] = {{VisibleTo::kTenant, OthersSee::kHidden, kState},
                      {VisibleTo::kNamed, OthersSee::kHidden, kNothing},
                      {VisibleTo::kNobody, OthersSee::kHidden, kNothing},
                      {VisibleTo::kNamed, OthersSee::kAppearsOffline, kAppearsOffline},
                      {VisibleTo::kNobody, OthersSee::kAppearsOffline, kAppearsOffline}};
  for (const Row& row : rows) {
    EXPECT_EQ(badge_content({row.visible_to, row.others_see, {}, {}, true}), row.content);
    EXPECT_EQ(badge_content({row.visible_to, row.others_see, {}, {}, false}), kNothing);
  }
}

// The number of changes while the presence was hidden cannot be inferred from the sequence number (§6.6).
TEST(Visibility, ResetsTheSequenceNumberToTheTime) {
  Story s = available();
  const auto seconds = [](Duration since) {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>((kStart + since).time_since_epoch()).count());
  };
  s.at(1min).run(SetVisibility{{.visible_to = VisibleTo::kNobody, .members = {}, .groups = {}}});
  s.expect_sequence(seconds(1min));
  s.at(2min).set_by_client("A", "Busy/InACall").expect_sequence(seconds(2min));
  s.expect_seen("Busy/InACall");
  s.at(3min).run(SetVisibility{{}}).expect_sequence(seconds(3min));
  s.run(SetVisibility{{.visible_to = VisibleTo::kNobody, .members = {}, .groups = {}}});
  s.expect_sequence(seconds(3min) + 1);
}

}  // namespace
}  // namespace porchlight::presence::testing
