// The seven invariants of the core (spec presence §6.9) over random histories.
#include <gtest/gtest.h>

#include <algorithm>

#include "presence/history.h"
#include "support/rounds.h"

namespace porchlight::presence::testing {
namespace {

constexpr int kHistories = rounds(100'000);

// Calls `check` with a generator for each of many seeds. The trace of a failure names the seed.
template <typename Check>
void for_many(Check check) {
  for (int seed = 1; seed <= kHistories && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Dice dice(seed);
    check(dice);
  }
}

// A time near the history: before, within or after it, on a whole step or a millisecond beside it.
Time any_moment(const History& history, Dice& dice) {
  const Duration reach = history.now - kStart + std::chrono::minutes(30);
  const auto steps = static_cast<std::uint64_t>(reach / kStep);
  return kStart - 5 * kStep + kStep * static_cast<int>(dice.below(steps + 5)) +
         Duration(static_cast<int>(dice.below(3)) - 1);
}

// Any time, including the smallest and the largest.
Time any_time(Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      return Time::min() + Duration(dice.below(3));
    case 1:
      return Time::max() - Duration(dice.below(700'000));
    default:
      return Time(Duration(static_cast<std::int64_t>(dice.below(5'000'000)) - 1'000'000));
  }
}

// A record with arbitrary fields that no history leads to.
Record any_record(Dice& dice) {
  Record record;
  for (auto n = dice.below(4); n > 0; --n)
    record.sessions.push_back(
        Session(any_key(dice), dice.pick(documented_states()), any_time(dice), any_time(dice)));
  if (dice.one_in(2))
    record.ensure_extras().preferred =
        Preference{any_time(dice), any_time(dice), dice.pick(documented_states())};
  record.sequence_base = dice.below(1000);
  record.sequence_base_at = any_time(dice);
  return record;
}

TEST(Invariant, OneEveryResultIsADocumentedPair) {
  for_many([](Dice& dice) {
    const Record record = any_record(dice);
    const Time now = any_time(dice);
    const State seen = effective(record, now);
    EXPECT_EQ(State::find(seen.availability(), seen.activity()), seen);
    EXPECT_EQ(explain(record, now).state, seen);
    EXPECT_GE(sequence(record, now), record.sequence_base);
    const auto next = next_change(record, now);
    if (next) {
      EXPECT_GT(*next, now);
      EXPECT_NE(effective(record, *next), seen);
    }
  });
}

TEST(Invariant, TheRulesAgreeWithTheNaiveModel) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    for (Time now = history.now; now <= history.now + 16 * kStep; now += kStep) {
      EXPECT_TRUE(agree(effective(history.record, now), history.naive.seen(now)));
      EXPECT_TRUE(agree(effective(history.record, now + kTick), history.naive.seen(now + kTick)));
      EXPECT_TRUE(
          agree(effective(history.record, now + kStep - kTick), history.naive.seen(now + kStep - kTick)));
    }
  });
}

TEST(Invariant, TwoExpiredInputNeverMatters) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const Time now = any_moment(history, dice);
    Record without = history.record;
    const auto expired = [now](const Session& session) { return session.expires_at() <= now; };
    without.sessions.erase(std::remove_if(without.sessions.begin(), without.sessions.end(), expired),
                           without.sessions.end());
    if (without.preferred() && without.preferred()->expires_at <= now)
      without.ensure_extras().preferred.reset();
    EXPECT_EQ(effective(without, now), effective(history.record, now));
    EXPECT_EQ(next_change(without, now), next_change(history.record, now));
  });
}

TEST(Invariant, ThreeTheAnswerIsConstantUntilTheNextChange) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const State seen = effective(history.record, history.now);
    std::optional<Time> first;
    const Time end = end_of_all(history.record, history.now);
    for (Time t = history.now + kStep; t <= end && !first; t += kStep)
      if (effective(history.record, t) != seen) first = t;
    EXPECT_EQ(next_change(history.record, history.now), first);
    // No change a millisecond earlier, and the same next change from there.
    if (!first) return;
    EXPECT_EQ(effective(history.record, *first - kTick), seen);
    EXPECT_EQ(next_change(history.record, *first - kTick), first);
    EXPECT_NE(next_change(history.record, *first), first);
  });
}

TEST(Invariant, FourNoSessionNoPresence) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const Time now = any_moment(history, dice);
    Record record = history.record;
    const auto live = [now](const Session& session) { return session.expires_at() > now; };
    if (std::ranges::any_of(record.sessions, live)) record.sessions.clear();
    record.ensure_extras().preferred = Preference{kStart, kNever, dice.pick(preferred_states())};
    EXPECT_EQ(effective(record, now), kOffline);
    EXPECT_EQ(next_change(record, now), std::nullopt);
  });
}

// All inputs are set within four minutes and live longer than that, so every order of arrival is possible.
TEST(Invariant, FiveTheOrderOfArrivalDoesNotMatter) {
  for_many([](Dice& dice) {
    std::vector<Event> events;
    std::vector<std::string_view> names = {"A", "A2", "B", "B2", "C"};
    names.resize(1 + dice.below(names.size()));
    for (const auto name : names) {
      const Time at = kStart + kStep * static_cast<int>(dice.below(5));
      const Time until = at + kStep * static_cast<int>(5 + dice.below(10));
      events.push_back(
          {.at = at, .sequence = 1, .what = SessionSet{key(name), dice.pick(documented_states()), until}});
    }
    if (dice.one_in(2))
      events.push_back({.at = kStart,
                        .sequence = 1,
                        .what = PreferredSet{dice.pick(preferred_states()), kStart + 9 * kStep}});
    Record one, other;
    for (const Event& event : events) apply(one, event);
    std::shuffle(events.begin(), events.end(), dice);
    for (const Event& event : events) apply(other, event);
    EXPECT_EQ(one.sessions, other.sessions);
    EXPECT_EQ(one.extras, other.extras);
    for (Time now = kStart; now < kStart + 21 * kStep; now += kStep)
      EXPECT_EQ(effective(one, now), effective(other, now));
  });
}

TEST(Invariant, FivePreferredBeatsSessionsAndTheBestSessionWins) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const Time now = any_moment(history, dice);
    const Explanation why = explain(history.record, now);
    if (why.rule == Rule::kPreferred) {
      EXPECT_EQ(why.state, history.record.preferred()->state);
    }
    if (why.rule != Rule::kBestSession) return;
    EXPECT_TRUE(!history.record.preferred() || history.record.preferred()->expires_at <= now);
    ASSERT_NE(why.session, nullptr);
    // The winner alone gives the same state; each other session alone gives no better one.
    for (const Session& session : history.record.sessions) {
      Record alone;
      alone.sessions.push_back(session);
      const State shown = effective(alone, now);
      if (&session == why.session) {
        EXPECT_EQ(shown, why.state);
      } else if (session.expires_at() > now) {
        EXPECT_GE(shown.rank(), why.state.rank());
      }
    }
  });
}

// Looks for changes minute by minute over the whole history, and compares the sequence number with the time of the
// last one.
TEST(Invariant, SixTheSequenceCountsVisibleChanges) {
  for_many([](Dice& dice) {
    Record record;
    std::uint64_t number = 0;
    Time now = kStart;
    State seen = kOffline;
    const auto look = [&] {
      const State then = effective(record, now);
      const auto second = static_cast<std::uint64_t>(now.time_since_epoch().count() / 1000);
      if (then != seen) number = std::max(number + 1, second);
      seen = then;
      EXPECT_EQ(sequence(record, now), number);
    };
    const auto walk_to = [&](Time end) {
      while (now < end) {
        now += kStep;
        look();
      }
    };
    const std::size_t length = 1 + dice.below(7);
    for (std::size_t i = 0; i < length; ++i) {
      walk_to(now + random_wait(dice));
      const auto outcome = decide(record, any_command(dice), now);
      if (!outcome || !*outcome) continue;
      apply(record, **outcome);
      look();
    }
    walk_to(now + 15 * kStep);
  });
}

// A clock that jumps back between events never makes the stored number smaller (spec presence §12 item 7).
TEST(Invariant, SixTheStoredSequenceNumberNeverDecreases) {
  for_many([](Dice& dice) {
    Record record;
    Time now = kStart;
    for (int i = 0; i < 8; ++i) {
      now += dice.one_in(4) ? -std::chrono::hours(dice.below(73)) : random_wait(dice);
      const auto outcome = decide(record, any_command(dice), now);
      if (!outcome || !*outcome) continue;
      const std::uint64_t base = record.sequence_base;
      const State before = effective(record, now);
      apply(record, **outcome);
      EXPECT_GE(record.sequence_base, base);
      if (effective(record, now) != before) {
        EXPECT_GT(record.sequence_base, base);
      }
      EXPECT_EQ(sequence(record, now), record.sequence_base);
    }
  });
}

TEST(Invariant, SevenDecidingAndApplyingTwiceChangesNothing) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const Time now = history.now + random_wait(dice) - (dice.one_in(5) ? std::chrono::hours(1) : Duration(0));
    const Command command = any_command(dice);
    const auto outcome = decide(history.record, command, now);
    EXPECT_TRUE(outcome == decide(history.record, command, now));
    if (!outcome || !*outcome) return;
    Record once = history.record;
    apply(once, **outcome);
    Record twice = once;
    apply(twice, **outcome);
    EXPECT_EQ(once, twice);
    EXPECT_TRUE(std::ranges::is_sorted(once.sessions, {}, &Session::key));
  });
}

// The events alone determine the record, and applying one twice is the same as once.
TEST(Invariant, SevenEventsReplayToTheSameRecord) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    Record replayed;
    for (const Event& event : history.events) {
      apply(replayed, event);
      if (dice.one_in(3)) apply(replayed, event);
    }
    EXPECT_EQ(replayed, history.record);
  });
}

TEST(Settled, ReadsTheSameFromItsTimeOn) {
  for_many([](Dice& dice) {
    const History history = any_history(dice);
    const Time at = any_moment(history, dice);
    const Record settled_at = settled(history.record, at);
    const bool is_before = at < history.record.sequence_base_at;
    EXPECT_EQ(has_expired_input(settled_at, at), is_before && has_expired_input(history.record, at));
    for (int i = 0; i < 5; ++i) {
      const Time now = std::max(at, any_moment(history, dice));
      EXPECT_EQ(visible(settled_at, now), visible(history.record, now));
      EXPECT_EQ(sequence(settled_at, now), sequence(history.record, now));
      EXPECT_EQ(next_change(settled_at, now), next_change(history.record, now));
    }
  });
}

}  // namespace
}  // namespace porchlight::presence::testing
