// freshness(): examples, and properties over random histories.
#include "presence/freshness.h"

#include <gtest/gtest.h>

#include "presence/history.h"

namespace porchlight::presence::testing {
namespace {

// The record of one user, changed by commands.
struct Person {
  Record record;
  void run(const Command& command, Time now) {
    if (const auto event = decide(record, command, now); event && *event) apply(record, **event);
  }
};

TEST(Freshness, IsUnknownIfNoInputWasEverSet) {
  const Freshness fresh = freshness({}, kStart, false);
  EXPECT_FALSE(fresh.known);
  EXPECT_FALSE(fresh.valid_until);
  EXPECT_FALSE(fresh.newest_input);
}

TEST(Freshness, IsKnownAfterAllInputsHaveEnded) {
  Person person;
  person.run(SetSession{key("A"), pair("Busy/InACall"), 10min}, kStart);
  person.run(ClearSession{key("A")}, kStart + 1min);
  const Freshness fresh = freshness(person.record, kStart + 2min, false);
  EXPECT_TRUE(fresh.known);
  EXPECT_FALSE(fresh.valid_until);
  EXPECT_FALSE(fresh.newest_input);
}

TEST(Freshness, ReportsTheNewestLiveInput) {
  Person person;
  person.run(SetSession{key("A"), pair("Busy/InACall"), 1h}, kStart);
  person.run(SetPreferred{pair("Away/Away"), 5min}, kStart + 1min);
  EXPECT_EQ(freshness(person.record, kStart + 2min, false).newest_input, kStart + 1min);
  EXPECT_EQ(freshness(person.record, kStart + 2min, false).valid_until, kStart + 6min);
  EXPECT_EQ(freshness(person.record, kStart + 6min, false).newest_input, kStart)
      << "the preference has expired";
  EXPECT_EQ(freshness(person.record, kStart + 6min, false).valid_until, kStart + 60min);
}

TEST(Freshness, CountsMessagesForTheirOwnerOnly) {
  Person person;
  person.run(SetSession{key("A"), pair("Busy/InACall"), 1h}, kStart);
  person.run(SetMessage{.text = "Back soon", .expires_at = kStart + 30min}, kStart + 5min);
  const Freshness own = freshness(person.record, kStart + 10min, true);
  EXPECT_EQ(own.newest_input, kStart + 5min);
  EXPECT_EQ(own.valid_until, kStart + 30min);
  const Freshness others = freshness(person.record, kStart + 10min, false);
  EXPECT_EQ(others.newest_input, kStart);
  EXPECT_EQ(others.valid_until, kStart + 60min);
}

TEST(Freshness, TheStateIsConstantUntilValidUntil) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    Dice dice(seed);
    Person person;
    Time now = kStart, last_set = kStart;
    for (int i = 0; i < 8; ++i) {
      now += kStep * dice.below(12);
      const Record before = person.record;
      person.run(any_command(dice), now);
      if (person.record != before) last_set = now;
      const Freshness fresh = freshness(person.record, now, false);
      ASSERT_EQ(fresh.known, person.record.sequence_base_at != Time{}) << seed;
      if (fresh.newest_input) {
        ASSERT_LE(*fresh.newest_input, last_set) << seed;
      }
      const State seen = effective(person.record, now);
      const Time end = fresh.valid_until.value_or(now + 300min);
      for (Time at = now; at < end; at += kStep) ASSERT_EQ(effective(person.record, at), seen) << seed;
      if (fresh.valid_until) {
        ASSERT_NE(effective(person.record, end), seen) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace porchlight::presence::testing
