// next_planned_change() and unchanged_until(): a table, and properties over random records.
#include <gtest/gtest.h>

#include "presence/explanation.h"
#include "presence/history.h"
#include "support/rounds.h"

namespace porchlight::presence::testing {
namespace {

constexpr int kRecords = rounds(50'000);
constexpr int kMinutes = 40;  // in which all spans and lives of a random record lie

Span range(Duration from, Duration until) { return {kStart + from, kStart + until}; }

struct PlannedRow {
  std::string_view about;
  std::string_view session;         // empty: no session
  std::vector<Span> busy = {};      // of the calendar
  std::vector<Span> out = {};       // likewise
  std::string_view preferred = {};  // empty: no preference
  Duration preferred_for = {};
  bool priority = false;  // of the session
  std::optional<Duration> expected = {};
};

Record record_of(const PlannedRow& row) {
  Record record;
  if (!row.session.empty())
    record.sessions.push_back(Session(key("A"), pair(row.session), kStart, kStart + 5min, row.priority));
  Extras& extras = record.ensure_extras();
  if (!row.busy.empty() || !row.out.empty()) extras.calendar = Calendar{row.busy, row.out};
  if (!row.preferred.empty())
    extras.preferred = Preference{kStart, kStart + row.preferred_for, pair(row.preferred)};
  return record;
}

TEST(PlannedChange, IsWhatChangesAlthoughSessionsAreRenewed) {
  const PlannedRow rows[] = {
      {.about = "nothing is planned: neither fading nor an expiry counts", .session = "Available/Available"},
      {.about = "a meeting begins",
       .session = "Available/Available",
       .busy = {range(60min, 90min)},
       .expected = 60min},
      {.about = "a meeting ends", .session = "Away/Away", .busy = {range(0min, 30min)}, .expected = 30min},
      {.about = "a meeting hides behind a better session",
       .session = "Busy/InACall",
       .busy = {range(60min, 90min)}},
      {.about = "a meeting adds nothing to its own state",
       .session = "Busy/InAMeeting",
       .busy = {range(60min, 90min)}},
      {.about = "a meeting is hidden without a session", .session = "", .busy = {range(60min, 90min)}},
      {.about = "out of office begins, also without a session",
       .session = "",
       .out = {range(60min, 90min)},
       .expected = 60min},
      {.about = "out of office changes the flag alone",
       .session = "Busy/InACall",
       .out = {range(60min, 90min)},
       .expected = 60min},
      {.about = "a preference ends",
       .session = "Available/Available",
       .preferred = "DoNotDisturb/DoNotDisturb",
       .preferred_for = 45min,
       .expected = 45min},
      {.about = "a preference is hidden without a session",
       .session = "",
       .preferred = "DoNotDisturb/DoNotDisturb",
       .preferred_for = 45min},
      {.about = "the end of a preference is not seen if a session shows the same",
       .session = "Available/Available",
       .preferred = "Available/Available",
       .preferred_for = 45min},
      {.about = "a session with priority hides the preference",
       .session = "Available/Available",
       .preferred = "DoNotDisturb/DoNotDisturb",
       .preferred_for = 45min,
       .priority = true},
      {.about = "a preference hides the begin of a meeting",
       .session = "Available/Available",
       .busy = {range(30min, 60min)},
       .preferred = "Away/Away",
       .preferred_for = 45min,
       .expected = 45min},
      {.about = "a meeting begins unseen, and is seen behind the end of the preference",
       .session = "Away/Away",
       .busy = {range(60min, 90min)},
       .preferred = "Away/Away",
       .preferred_for = 45min,
       .expected = 60min},
  };
  for (const PlannedRow& row : rows) {
    SCOPED_TRACE(row.about);
    const auto change = next_planned_change(record_of(row), kStart);
    EXPECT_EQ(change, row.expected ? std::optional(kStart + *row.expected) : std::nullopt);
  }
  EXPECT_EQ(next_planned_change({}, kStart), std::nullopt);
}

TEST(PlannedChange, CountsTheSessionsThatAreLive) {
  Record record =
      record_of({.about = "", .session = "Busy/InACall", .preferred = "Away/Away", .preferred_for = 45min});
  EXPECT_EQ(next_planned_change(record, kStart + 5min - kTick), kStart + 45min);
  EXPECT_EQ(next_planned_change(record, kStart + 5min), std::nullopt) << "the call has expired";
}

std::vector<Span> any_spans(Dice& dice) {
  std::vector<Span> spans;
  auto at = static_cast<int>(dice.below(12));
  for (auto n = dice.below(4); n > 0; --n) {
    const int end = at + 1 + static_cast<int>(dice.below(5));
    spans.push_back(range(at * kStep, end * kStep));
    at = end + 1 + static_cast<int>(dice.below(4));
  }
  return spans;
}

// A record of up to three sessions with inputs of all kinds, which begin and end in whole minutes.
Record any_planned_record(Dice& dice) {
  const auto minute = [&](std::uint64_t n) { return kStart + kStep * static_cast<int>(dice.below(n)); };
  Record record;
  for (const auto name : {"A", "A2", "B"}) {
    if (dice.one_in(2)) continue;
    const State state = dice.one_in(2) ? dice.pick(session_states()) : dice.pick(documented_states());
    const Time from = minute(5);
    const Time until = dice.one_in(3) ? kNever : from + kStep * static_cast<int>(1 + dice.below(25));
    record.sessions.push_back(Session(key(name), state, from, until, dice.one_in(6)));
  }
  Extras& extras = record.ensure_extras();
  if (dice.one_in(2)) extras.preferred = Preference{kStart, minute(25), dice.pick(preferred_states())};
  if (dice.one_in(2))
    extras.calendar = Calendar{any_spans(dice), dice.one_in(2) ? any_spans(dice) : std::vector<Span>{}};
  if (dice.one_in(3)) {
    const Time from = minute(15);
    extras.out_of_office = OutOfOffice{.from = from, .until = from + kStep * 5, .message = ""};
  }
  if (dice.one_in(3)) extras.message = StatusMessage{"Lunch", kStart, minute(25), "", ""};
  return record;
}

// The record in which each session that is live has no end, so that it does not fade, and no other is left.
Record with_endless_sessions(Record record, Time now) {
  const auto before = std::exchange(record.sessions, {});
  for (const Session& session : before)
    if (session.expires_at() > now)
      record.sessions.push_back(
          Session(session.key, session.state, session.set_at, kNever, session.priority));
  return record;
}

// Calls `check` with a record, and a time within its inputs.
template <typename Check>
void for_many_records(Check check) {
  for (int seed = 1; seed <= kRecords && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Dice dice(static_cast<std::uint64_t>(seed));
    const Record record = any_planned_record(dice);
    check(record, kStart + kStep * static_cast<int>(dice.below(20)), dice);
  }
}

TEST(PlannedChange, IsTheFirstThatALookAtEachMinuteFinds) {
  for_many_records([](const Record& record, Time now, Dice&) {
    const Record endless = with_endless_sessions(record, now);
    const Explanation seen = explain(endless, now);
    std::optional<Time> first;
    for (Time at = now + kStep; at <= kStart + kStep * kMinutes && !first; at += kStep) {
      const Explanation then = explain(endless, at);
      if (then.state != seen.state || then.out_of_office != seen.out_of_office) first = at;
    }
    EXPECT_EQ(next_planned_change(record, now), first);
    EXPECT_EQ(next_planned_change(record, now), next_state_change(endless, now));
  });
}

TEST(PlannedChange, IsTheSameAfterARenewal) {
  for_many_records([](const Record& record, Time now, Dice& dice) {
    if (record.sessions.empty()) return;
    Record renewed = record;
    Session& session = renewed.sessions[dice.below(renewed.sessions.size())];
    if (session.expires_at() <= now) return;
    session = Session(session.key, session.state, now, now + 5min, session.priority);
    EXPECT_EQ(next_planned_change(renewed, now), next_planned_change(record, now));
  });
}

// In steps of half a minute, because the result may lie between two changes.
TEST(UnchangedUntil, NeitherThePresenceNorThePlanChangesBefore) {
  for_many_records([](const Record& record, Time now, Dice&) {
    const auto until = unchanged_until(record, now);
    const Time end = std::min(until.value_or(kNever), kStart + kStep * kMinutes);
    const Visible seen = visible(record, now);
    const auto planned = next_planned_change(record, now);
    for (Time at = now; at < end; at += kStep / 2) {
      ASSERT_EQ(visible(record, at), seen);
      ASSERT_EQ(next_planned_change(record, at), planned);
    }
    if (until) {
      EXPECT_GT(*until, now);
    }
  });
}

}  // namespace
}  // namespace porchlight::presence::testing
