// explain_in_detail(): its winning input gives the state that effective() returns, over random histories.
#include "presence/explanation.h"

#include <gtest/gtest.h>

#include "presence/history.h"
#include "support/rounds.h"

namespace porchlight::presence::testing {
namespace {

constexpr int kExplainedHistories = rounds(20'000);

// Sometimes adds a calendar, an automatic reply or a priority.
void add_extras(Record& record, Dice& dice, Time now) {
  const auto span = [&] {
    const Time from = now + std::chrono::minutes(dice.below(40)) - std::chrono::minutes(20);
    return Span{from, from + std::chrono::minutes(1 + dice.below(30))};
  };
  if (dice.one_in(3)) record.ensure_extras().calendar = Calendar{{span()}, {}};
  if (dice.one_in(6)) record.ensure_extras().calendar = Calendar{{}, {span()}};
  if (dice.one_in(5)) {
    const Span window = span();
    record.ensure_extras().out_of_office = OutOfOffice{window.from, window.until, "away"};
  }
  for (Session& session : record.sessions) session.priority = dice.one_in(6);
}

TEST(DetailedExplanation, TheWinningInputGivesTheEffectiveState) {
  for (std::uint64_t seed = 0; seed < kExplainedHistories; ++seed) {
    Dice dice(seed);
    Record record;
    Time now = kStart;
    for (int i = 0; i < 12; ++i) {
      now += std::chrono::minutes(dice.below(12));
      if (const auto event = decide(record, any_command(dice), now); event && *event) apply(record, **event);
      add_extras(record, dice, now);
      const DetailedExplanation explanation = explain_in_detail(record, now);
      ASSERT_EQ(explanation.why.state, effective(record, now)) << seed;
      std::size_t winners = 0;
      for (const Input& input : explanation.inputs) {
        ASSERT_LE(input.since, now) << seed;
        ASSERT_GT(input.until, now) << seed;
        if (input.outcome != InputOutcome::kWins) continue;
        ++winners;
        ASSERT_EQ(input.state, explanation.why.base) << seed;
      }
      ASSERT_EQ(winners, explanation.why.rule == Rule::kNoLiveSession ? 0u : 1u) << seed;
      // Earlier changes, of messages and locations, leave the state as it is.
      auto at = next_change(record, now);
      for (; at && at != explanation.changes_at; at = next_change(record, *at))
        ASSERT_EQ(effective(record, *at), explanation.why.state) << seed;
      ASSERT_EQ(at, explanation.changes_at) << seed;
      if (explanation.changes_at) {
        ASSERT_EQ(explanation.then.state, effective(record, *explanation.changes_at)) << seed;
      }
    }
  }
}

TEST(DetailedExplanation, ReportsTheOutcomeOfEachInput) {
  Record record;
  const Time now = kStart;
  const auto until = now + std::chrono::hours(1);
  const auto with = [&](InputOutcome outcome, InputKind kind) {
    for (const Input& input : explain_in_detail(record, now).inputs)
      if (input.kind == kind && input.outcome == outcome) return true;
    return false;
  };
  record.ensure_extras().preferred = Preference{now, until, *State::find("Busy", "Busy")};
  EXPECT_TRUE(with(InputOutcome::kWithoutSession, InputKind::kPreference));
  record.sessions.push_back(Session(key("A"), kAvailable, now, until));
  EXPECT_TRUE(with(InputOutcome::kWins, InputKind::kPreference));
  EXPECT_TRUE(with(InputOutcome::kOverriddenByPreference, InputKind::kSession));
  record.sessions.front().priority = true;
  EXPECT_TRUE(with(InputOutcome::kOverriddenByPriority, InputKind::kPreference));
  EXPECT_TRUE(with(InputOutcome::kWins, InputKind::kSession));
  record.ensure_extras().calendar = Calendar{{{now, until}}, {}};
  EXPECT_TRUE(with(InputOutcome::kWins, InputKind::kMeeting));
  EXPECT_TRUE(with(InputOutcome::kOutranked, InputKind::kSession));
  record.ensure_extras().calendar = Calendar{{}, {{now, until}}};
  EXPECT_TRUE(with(InputOutcome::kChangesActivity, InputKind::kOutOfOffice));
  record.sessions.front().state = *State::find("Busy", "InACall");
  EXPECT_TRUE(with(InputOutcome::kLeavesActivity, InputKind::kOutOfOffice));
}

}  // namespace
}  // namespace porchlight::presence::testing
