// The sequence number (spec presence §6.6): it grows with every visible change and only then, to the time of the
// change.
#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

// The number after `count` visible changes at that time since the start, the first ones behind an older number.
std::uint64_t after_changes(Duration since_start, int count = 1) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>((kStart + since_start).time_since_epoch());
  return static_cast<std::uint64_t>(seconds.count() + count - 1);
}

TEST(Sequence, IsTheSecondsOfTheChangeAndGrows) {
  const Time at{std::chrono::seconds(1000) + kTick};
  const std::pair<std::uint64_t, std::uint64_t> rows[] = {
      {0, 1000}, {998, 1000}, {999, 1000}, {1000, 1001}, {1001, 1002}, {5'000'000'000, 5'000'000'001}};
  for (const auto& [before, after] : rows) EXPECT_EQ(next_sequence(before, at), after);
  EXPECT_EQ(next_sequence(0, Time{}), 1u);
  EXPECT_EQ(next_sequence(7, Time{-kTick}), 8u);
}

TEST(Sequence, StartsAtZeroAndGrowsWithVisibleCalls) {
  Story s;
  s.at(0min).expect_sequence(0);
  s.set("A", "Busy/InACall", 1h).expect_sequence(after_changes(0min, 1));
  s.set("B", "DoNotDisturb/Presenting", 1h).expect_sequence(after_changes(0min, 2));
  s.clear("B").expect_sequence(after_changes(0min, 3));
  s.prefer("Away/Away").expect_sequence(after_changes(0min, 4));
  s.clear_preferred().expect_sequence(after_changes(0min, 5));
}

TEST(Sequence, DoesNotGrowWithInvisibleChanges) {
  Story s;
  s.at(0min).prefer("Busy/Busy").expect_sequence(0);                              // no session
  s.set("A", "Away/Away", 1h).expect_sequence(after_changes(0min, 1));            // Busy/Busy shows
  s.set("A", "Away/Away", 1h).expect_sequence(after_changes(0min, 1));            // keep-alive
  s.set("B", "DoNotDisturb/Presenting").expect_sequence(after_changes(0min, 1));  // under a preference
  s.clear("B").expect_sequence(after_changes(0min, 1));
  s.clear_preferred()
      .expect_sequence(after_changes(0min, 2))
      .clear_preferred()
      .expect_sequence(after_changes(0min, 2));
  s.set("C", "Busy/InACall", 1h).expect_sequence(after_changes(0min, 3));
  s.set("A", "Available/Available", 1h)
      .expect_sequence(after_changes(0min, 3));  // a lower session under a higher one
}

TEST(Sequence, CountsChangesByTime) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h).expect_sequence(after_changes(0min));
  s.at(5min - kTick).expect_sequence(after_changes(0min));
  s.at(5min).expect_sequence(after_changes(5min));
  s.at(10min).expect_sequence(after_changes(10min));
  s.at(60min - kTick).expect_sequence(after_changes(10min));
  s.at(60min).expect_sequence(after_changes(60min));
  s.at(days(9)).expect_sequence(after_changes(60min));
}

TEST(Sequence, ACallAddsTheChangesByTimeBeforeIt) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h);
  s.at(11min)
      .set("A", "Available/Available", 1h)
      .expect_sequence(after_changes(11min));  // inactive, away, available again
  s.at(12min).set("A", "Available/Available", 1h).expect_sequence(after_changes(11min));
  s.at(90min)
      .set("B", "Busy/InACall")
      .expect_sequence(after_changes(90min));  // inactive, away, offline, in a call
}

TEST(Sequence, DoesNotCountInvisibleChangesByTime) {
  Story s;
  s.at(0min)
      .set("A", "Available/Available", 1h)
      .set("B", "Busy/InACall", 4h)
      .expect_sequence(after_changes(0min, 2));
  s.at(2h).expect_sequence(after_changes(0min, 2));
  s.at(4h).expect_sequence(after_changes(4h));
}

TEST(Sequence, StaysWhenTheClockJumpsBack) {
  Story s;
  s.at(days(3))
      .set("A", "Busy/InACall", 1h)
      .set("A", "Away/Away", 1h)
      .expect_sequence(after_changes(days(3), 2));
  s.at(0min).expect_sequence(after_changes(days(3), 2));
  s.set("A", "Away/Away", 1h).expect_sequence(after_changes(days(3), 2));
  s.set("A", "Busy/InACall", 1h).expect_sequence(after_changes(days(3), 3));
  s.at(1h).expect_sequence(after_changes(days(3), 4));
}

}  // namespace
}  // namespace porchlight::presence::testing
