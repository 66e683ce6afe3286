// Time waits for the log: the rule by the times of failures and successes, and an outage with clients that renew their
// sessions.
#include "state/hold.h"

#include <gtest/gtest.h>

#include "presence/rules.h"
#include "state/writer_fixture.h"

namespace porchlight::state {
namespace {

using Fate = log::FakeLog::Fate;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kMoment{1};
constexpr std::uint32_t kShard = 5;

// Both clocks of a server, as the time since a start.
Time wall(Duration since) { return at_ms(0) + since; }
SteadyTime steady(Duration since) { return SteadyTime(since); }

class HoldRule : public ::testing::Test {
 protected:
  void SetUp() override {
    hold_.enable([this](const HoldChange& change) { changes_.push_back(change); });
  }
  void fail(Duration at, std::uint32_t shard = kShard) {
    hold_.failed(shard, wall(at), steady(at), steady(at));
  }
  void succeed(Duration at, std::uint32_t shard = kShard) { hold_.succeeded(shard, wall(at)); }
  // As of when a user with this last event is seen.
  Duration seen(Duration at, Duration last_event = minutes(-1), std::uint32_t shard = kShard) const {
    const auto held = hold_.is_engaged() ? hold_.held(shard, wall(last_event), wall(at)) : std::nullopt;
    return held ? held->from - wall(Duration(0)) : at;
  }
  bool is_held(Duration at) const { return seen(at) != at; }

  LogHold hold_;
  std::vector<HoldChange> changes_;
};

TEST_F(HoldRule, BeginsAfterTwoSecondsOfFailures) {
  const struct {
    std::vector<Duration> failures;
    bool is_held;
  } rows[] = {
      {{Duration(0)}, false},
      {{Duration(0), kHoldAfter - kMoment}, false},
      {{Duration(0), kHoldAfter}, true},
      {{Duration(0), kHoldAfter + kMoment}, true},
      {{Duration(0), seconds(1), kHoldAfter}, true},
      {{Duration(0), minutes(4)}, true},
      // Two failures so far apart are not one outage.
      {{Duration(0), kHoldMax - kMoment}, true},
      {{Duration(0), kHoldMax}, false},
  };
  for (const auto& row : rows) {
    LogHold hold;
    hold.enable([](const HoldChange&) {});
    for (const Duration at : row.failures) hold.failed(kShard, wall(at), steady(at), steady(at));
    EXPECT_EQ(hold.begun().value(), row.is_held) << row.failures.back();
    EXPECT_EQ(hold.held_shards(wall(row.failures.back())), row.is_held) << row.failures.back();
  }
}

TEST_F(HoldRule, ASuccessInBetweenBeginsAgain) {
  fail(Duration(0));
  succeed(seconds(1));
  fail(seconds(2));
  EXPECT_FALSE(is_held(seconds(3)));
  fail(seconds(4));
  EXPECT_EQ(seen(seconds(5)), seconds(2));
}

TEST_F(HoldRule, HoldsThoseWithoutALaterEvent) {
  fail(minutes(1));
  fail(minutes(1) + kHoldAfter);
  EXPECT_EQ(seen(minutes(3), minutes(1)), minutes(1)) << "an event at the very moment";
  EXPECT_EQ(seen(minutes(3), minutes(1) + kMoment), minutes(3));
  EXPECT_EQ(seen(minutes(3), minutes(-1), kShard + 1), minutes(3)) << "another shard";
  EXPECT_EQ(seen(minutes(1)), minutes(1));
  EXPECT_EQ(seen(minutes(1) - kMoment), minutes(1) - kMoment) << "the clock was set back";
}

TEST_F(HoldRule, EndsFiveMinutesAfterASuccess) {
  fail(Duration(0));
  fail(kHoldAfter);
  succeed(minutes(7));
  succeed(minutes(9));
  EXPECT_TRUE(is_held(minutes(7) + kHoldAfterSuccess - kMoment));
  EXPECT_FALSE(is_held(minutes(7) + kHoldAfterSuccess));
}

TEST_F(HoldRule, EndsWithItsLongestTime) {
  fail(Duration(0));
  fail(kHoldAfter);
  fail(minutes(29));
  EXPECT_TRUE(is_held(kHoldMax - kMoment));
  EXPECT_FALSE(is_held(kHoldMax));
  succeed(kHoldMax - minutes(1));
  EXPECT_FALSE(is_held(kHoldMax)) << "a late success does not prolong it";
}

// A user who could not renew between two outages is held as of the first, the others as of the second.
TEST_F(HoldRule, GoesOnIfAppendsFailAgainBeforeItsEnd) {
  fail(Duration(0));
  fail(kHoldAfter);
  succeed(minutes(10));
  fail(minutes(11));
  EXPECT_EQ(seen(minutes(12), minutes(10) + seconds(1)), minutes(12)) << "not for two seconds yet";
  fail(minutes(12));
  EXPECT_EQ(seen(minutes(16)), Duration(0)) << "the five minutes are not over";
  EXPECT_EQ(seen(minutes(16), minutes(10) + seconds(1)), minutes(11));
  EXPECT_EQ(seen(minutes(16), minutes(11) + kMoment), minutes(16));
  EXPECT_EQ(seen(kHoldMax - kMoment), Duration(0));
  EXPECT_EQ(seen(kHoldMax), minutes(11)) << "as long as the second one goes on";
  succeed(kHoldMax + minutes(1));
  EXPECT_TRUE(is_held(kHoldMax + minutes(6) - kMoment));
  EXPECT_FALSE(is_held(kHoldMax + minutes(6)));
}

TEST_F(HoldRule, AnOutageOfAllShardsHoldsEachThatHasFailed) {
  fail(Duration(0), 1);
  fail(seconds(1), 2);
  fail(kHoldAfter, 3);
  EXPECT_EQ(hold_.held_shards(wall(seconds(3))), 3u);
  EXPECT_EQ(seen(seconds(3), minutes(-1), 2), seconds(1));
}

TEST_F(HoldRule, AFailureBeforeASuccessOfAnotherShardIsOfNoOutageOfAll) {
  fail(Duration(0), 1);
  fail(seconds(1), 2);
  succeed(seconds(1), 2);
  fail(minutes(1), 3);
  fail(minutes(1) + kHoldAfter, 3);
  EXPECT_EQ(seen(minutes(2), minutes(-1), 1), minutes(2));
  EXPECT_EQ(seen(minutes(2), minutes(-1), 3), minutes(1));
}

TEST_F(HoldRule, OneFailureLongAfterAnotherIsOfNoOutageOfAll) {
  fail(Duration(0), 1);
  fail(kHoldMax, 2);
  EXPECT_EQ(hold_.begun().value(), 0u);
}

TEST_F(HoldRule, TellsTheBeginAndTheEndOfTheServerOnce) {
  for (const std::uint32_t shard : {1u, 2u}) fail(Duration(0), shard);
  fail(kHoldAfter, 1);
  succeed(minutes(1), 1);
  succeed(minutes(2), 2);
  succeed(minutes(3), 1);
  std::vector<std::tuple<bool, std::uint32_t, bool>> told;
  for (const HoldChange& change : changes_)
    told.emplace_back(change.begins, change.shard, change.is_of_server);
  EXPECT_EQ(told, (decltype(told){{true, 1, true}, {true, 2, false}, {false, 1, false}, {false, 2, true}}));
  EXPECT_EQ(changes_.back().span, (HeldSpan{wall(Duration(0)), wall(minutes(2) + kHoldAfterSuccess)}));
}

// No append reaches shard 2 any more.
TEST_F(HoldRule, AnIdleShardDoesNotKeepItFromEnding) {
  for (const std::uint32_t shard : {1u, 2u}) fail(Duration(0), shard);
  fail(kHoldAfter, 1);
  succeed(minutes(1), 1);
  EXPECT_FALSE(changes_.back().is_of_server);
  succeed(kHoldMax, 1);
  EXPECT_TRUE(changes_.back().is_of_server);
  EXPECT_TRUE(hold_.is_engaged()) << "for comparisons with the time before";
  succeed(kHoldMax + kHoldMax, 1);
  EXPECT_FALSE(hold_.is_engaged());
}

TEST_F(HoldRule, TheEarliestTimeSeenIsThatOfTheFirstShard) {
  EXPECT_EQ(hold_.earliest_seen(wall(minutes(5))), wall(minutes(5)));
  for (const std::uint32_t shard : {1u, 2u})
    for (const Duration at : {minutes(shard) + Duration(0), minutes(shard) + kHoldAfter}) fail(at, shard);
  EXPECT_EQ(hold_.earliest_seen(wall(minutes(5))), wall(minutes(1)));
  EXPECT_EQ(hold_.earliest_seen(wall(kHoldMax + minutes(1))), wall(minutes(2)));
  EXPECT_EQ(hold_.earliest_seen(wall(kHoldMax + minutes(2))), wall(kHoldMax + minutes(2)));
}

// A server in virtual time whose log refuses all appends for a while. Users of one shard:
//   renews    sets a session of five minutes each four minutes, from the start on
//   stopped   set one before the outage and not again
//   expired   as `stopped`, and it ended before the outage
class Outage {
 public:
  Outage(bool is_on, Fate fate) : fate_(fate) {
    if (is_on) fixture_.view->hold().enable([](const HoldChange&) {});
    for (const UserKey& key : {renews, stopped, expired}) EXPECT_TRUE(fixture_.put(key, "x@x.test"));
    log_.set_append_time(Duration(10));
  }

  const UserKey renews{id_of(1), id_of(100)}, stopped = neighbour_of(renews, 2),
                                              expired = neighbour_of(renews, 3);

  bool set(const UserKey& key, Duration at) {
    if (at > elapsed_) log_.advance(at - std::exchange(elapsed_, at));
    return fixture_.run(key, busy(1), wall(at)).has_value();
  }
  void refuse(bool refuses) {
    if (refuses)
      log_.set_plan([this] { return fate_; });
    else
      log_.set_plan(nullptr);
  }
  std::string seen(const UserKey& key, Duration at) const {
    const presence::Record record = fixture_.record(key);
    return std::string(
        presence::effective(record, fixture_.view->seen_at(key, record, wall(at))).availability());
  }
  std::string real(const UserKey& key, Duration at) const {
    return std::string(presence::effective(fixture_.record(key), wall(at)).availability());
  }

 private:
  WriterFixture fixture_;
  log::FakeLog& log_ = fixture_.log_of(renews);
  const Fate fate_;
  Duration elapsed_{};
};

constexpr Duration kFrom = minutes(11), kTo = minutes(31);  // of the outage
constexpr Duration kLast = kTo + minutes(10);

// The renewals from one time to another.
void renew(Outage& outage, Duration from, Duration to) {
  for (Duration at = from; at < to; at += minutes(4)) outage.set(outage.renews, at);
}

class Outages : public ::testing::TestWithParam<Fate> {};

TEST_P(Outages, NoClientThatRenewsGoesOfflineAndAllEndsAfterFiveMinutes) {
  Outage outage(true, GetParam()), without(true, Fate::kOk);
  for (Outage* const one : {&outage, &without}) {
    EXPECT_TRUE(one->set(one->expired, minutes(2)));
    EXPECT_TRUE(one->set(one->stopped, minutes(10)));
  }
  for (Duration at = Duration(0); at < kLast; at += seconds(10)) {
    outage.refuse(at >= kFrom && at < kTo);
    // A client that was refused tries again after ten seconds.
    const bool was_refused = at > kFrom && at <= kTo;
    const bool is_due = at % minutes(4) == Duration(0);
    if (is_due || was_refused) {
      EXPECT_EQ(outage.set(outage.renews, at), at < kFrom || at >= kTo) << at;
    }
    if (is_due) without.set(without.renews, at);
    EXPECT_EQ(outage.seen(outage.renews, at), "Busy") << at;
    if (at >= kFrom) {
      EXPECT_EQ(outage.seen(outage.expired, at), "Offline") << at;
    }
    if (at >= minutes(10) && at < kTo) {
      EXPECT_EQ(outage.seen(outage.stopped, at), "Busy") << at;
    }
    if (at < kTo + kHoldAfterSuccess) continue;
    for (const UserKey& key : {outage.renews, outage.stopped, outage.expired})
      EXPECT_EQ(outage.seen(key, at), without.seen(key, at)) << at;
  }
  EXPECT_EQ(outage.seen(outage.stopped, kLast), "Offline");
}
INSTANTIATE_TEST_SUITE_P(All, Outages, testing::Values(Fate::kUnknownUnwritten, Fate::kRefused));

// Each command is decided again until its deadline, which is as long as the failures must last.
TEST(Hold, TheRenewalsOfOneClientSuffice) {
  Outage outage(true, Fate::kUnknownUnwritten);
  renew(outage, Duration(0), kFrom);
  outage.refuse(true);
  for (Duration at = minutes(12); at < kTo; at += minutes(4)) {
    EXPECT_FALSE(outage.set(outage.renews, at));
    for (Duration later = at; later < at + minutes(4); later += seconds(30))
      EXPECT_EQ(outage.seen(outage.renews, later), "Busy") << later;
  }
}

TEST(Hold, IsOffByDefault) {
  Outage outage(false, Fate::kUnknownUnwritten);
  EXPECT_TRUE(outage.set(outage.stopped, minutes(10)));
  outage.refuse(true);
  for (Duration at = minutes(12); at < kTo; at += minutes(4)) {
    EXPECT_FALSE(outage.set(outage.renews, at));
    for (const UserKey& key : {outage.renews, outage.stopped, outage.expired})
      EXPECT_EQ(outage.seen(key, at), outage.real(key, at)) << at;
  }
}

class HoldOfAWriter : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fixture_.put(kUser, "ana@x.test"));
    fixture_.view->hold().enable([](const HoldChange&) {});
  }
  std::uint64_t begun() const { return fixture_.view->hold().begun().value(); }

  const UserKey kUser{id_of(1), id_of(100)};
  WriterFixture fixture_;
  log::FakeLog& log_ = fixture_.log_of(kUser);
};

TEST_F(HoldOfAWriter, ConflictsAreNoFailures) {
  log_.set_plan([] { return Fate::kConflict; });
  EXPECT_FALSE(fixture_.run(kUser, busy(1)));
  EXPECT_EQ(begun(), 0u);
}

TEST_F(HoldOfAWriter, WhatIsFoundInTheLogIsASuccess) {
  log_.set_plan([] { return Fate::kUnknownWritten; });
  for (std::uint64_t session = 1; session < 10; ++session) {
    EXPECT_TRUE(fixture_.run(kUser, busy(session)));
    log_.advance(seconds(1));
  }
  EXPECT_EQ(begun(), 0u);
}

TEST_F(HoldOfAWriter, AnUnreadableLogIsAFailure) {
  log_.set_plan([] { return Fate::kUnknownUnwritten; });
  log_.set_readable(false);
  EXPECT_FALSE(fixture_.run(kUser, busy(1), at_ms(5000)));
  log_.advance(kHoldAfter);
  EXPECT_FALSE(fixture_.run(kUser, busy(1), at_ms(7000)));
  EXPECT_EQ(fixture_.view->seen_at(kUser, {}, at_ms(8000)), at_ms(5000));
}

TEST_F(HoldOfAWriter, ReadingOnIsNoAttempt) {
  log_.set_readable(false);
  for (int i = 0; i < 3; ++i) {
    fixture_.writer->follow(shard_of(kUser.tenant, kUser.user), [](const Outcome&) {});
    log_.advance(kHoldAfter);
  }
  EXPECT_EQ(begun(), 0u);
}

}  // namespace
}  // namespace porchlight::state
