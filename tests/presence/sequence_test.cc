// The sequence number (spec presence §6.6): it grows with every visible change and only then.
#include "presence/story.h"

namespace porchlight::presence::testing {
namespace {

TEST(Sequence, StartsAtZeroAndGrowsWithVisibleCalls) {
  Story s;
  s.at(0min).expect_sequence(0);
  s.set("A", "Busy/InACall", 1h).expect_sequence(1);
  s.set("B", "DoNotDisturb/Presenting", 1h).expect_sequence(2);
  s.clear("B").expect_sequence(3);
  s.prefer("Away/Away").expect_sequence(4);
  s.clear_preferred().expect_sequence(5);
}

TEST(Sequence, DoesNotGrowWithInvisibleChanges) {
  Story s;
  s.at(0min).prefer("Busy/Busy").expect_sequence(0);         // no session
  s.set("A", "Away/Away", 1h).expect_sequence(1);            // Busy/Busy shows
  s.set("A", "Away/Away", 1h).expect_sequence(1);            // keep-alive
  s.set("B", "DoNotDisturb/Presenting").expect_sequence(1);  // under a preference
  s.clear("B").expect_sequence(1);
  s.clear_preferred().expect_sequence(2).clear_preferred().expect_sequence(2);
  s.set("C", "Busy/InACall", 1h).expect_sequence(3);
  s.set("A", "Available/Available", 1h).expect_sequence(3);  // a lower session under a higher one
}

TEST(Sequence, CountsChangesByTime) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h).expect_sequence(1);
  s.at(5min - kTick).expect_sequence(1);
  s.at(5min).expect_sequence(2);
  s.at(10min).expect_sequence(3);
  s.at(60min - kTick).expect_sequence(3);
  s.at(60min).expect_sequence(4);
  s.at(days(9)).expect_sequence(4);
}

TEST(Sequence, ACallAddsTheChangesByTimeBeforeIt) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h);
  s.at(11min).set("A", "Available/Available", 1h).expect_sequence(4);  // inactive, away, available again
  s.at(12min).set("A", "Available/Available", 1h).expect_sequence(4);
  s.at(90min).set("B", "Busy/InACall").expect_sequence(8);  // inactive, away, offline, in a call
}

TEST(Sequence, DoesNotCountInvisibleChangesByTime) {
  Story s;
  s.at(0min).set("A", "Available/Available", 1h).set("B", "Busy/InACall", 4h).expect_sequence(2);
  s.at(2h).expect_sequence(2);
  s.at(4h).expect_sequence(3);
}

TEST(Sequence, StaysWhenTheClockJumpsBack) {
  Story s;
  s.at(days(3)).set("A", "Busy/InACall", 1h).set("A", "Away/Away", 1h).expect_sequence(2);
  s.at(0min).expect_sequence(2);
  s.set("A", "Away/Away", 1h).expect_sequence(2);
  s.set("A", "Busy/InACall", 1h).expect_sequence(3);
  s.at(1h).expect_sequence(4);
}

}  // namespace
}  // namespace porchlight::presence::testing
