// Calls of watchers at the begin and the end of a hold (state/hold.h), and between them none for nothing.
#include <gtest/gtest.h>

#include "watch/recorded_world.h"

namespace porchlight::watch {
namespace {

// A world whose shard of Ana is held from second 0 on.
class HeldWorld : public World {
 public:
  HeldWorld() {
    view.hold().enable(
        [this](const state::HoldChange& change) { watchers.recheck_shard(change.shard, change.span.from); });
  }
  void fail(Duration at) { view.hold().failed(shard_, kFirstMoment, SteadyTime{}, SteadyTime(at)); }
  void succeed() { view.hold().succeeded(shard_, clock.wall()); }

 private:
  const std::uint32_t shard_ = state::shard_of(kAna.tenant, kAna.user);
};

// Once when time would change her, and once at the end: not in between, again and again.
TEST(HeldPeople, CallsAtTheEndOfAHold) {
  HeldWorld world;
  world.set(kAna, "Busy", "InACall", minutes(5));
  world.watch({kAna});
  world.take_calls();
  world.fail(seconds(0));
  EXPECT_EQ(world.take_calls(), Lines{});
  world.fail(seconds(2));
  EXPECT_EQ(world.take_calls(), Lines{"0 ana"});
  EXPECT_EQ(world.advance(minutes(10)), Lines{"300 ana"});
  world.succeed();
  EXPECT_EQ(world.take_calls(), Lines{"600 ana"}) << "the end is earlier now";
  EXPECT_EQ(world.advance(minutes(60)), Lines{"900 ana"});
}

TEST(HeldPeople, CallsAtTheLatestEndOfAHold) {
  HeldWorld world;
  world.set(kAna, "Busy", "InACall", minutes(5));
  world.watch_contoso();
  world.take_calls();
  for (const int second : {0, 2}) world.fail(seconds(second));
  EXPECT_EQ(world.advance(minutes(60)), (Lines{"0 ana", "300 ana", "1800 ana"}));
}

// Her session has ended before the hold begins, and the watch of her tenant keeps nothing of her.
TEST(HeldPeople, CallsForThoseWhomAHoldTakesBack) {
  HeldWorld world;
  world.set(kAna, "Busy", "InACall", minutes(5));
  world.watch_contoso();
  world.take_calls();
  world.fail(seconds(0));
  EXPECT_EQ(world.advance(minutes(6)), Lines{"300 ana"});
  EXPECT_EQ(world.watchers.people_count(), 1u) << "the directory";
  world.fail(minutes(6));
  EXPECT_EQ(world.take_calls(), Lines{"300 ana"}) << "the change at that time is taken back";
  EXPECT_EQ(world.advance(minutes(60)), Lines{"1800 ana"});
}

TEST(HeldPeople, SweepsHeldShardsInPortions) {
  HeldWorld world;
  world.put_many(2000);
  for (std::uint32_t number = 0; number < 2000; ++number) world.set_busy(World::member(number));
  world.watch_contoso();
  world.take_calls();
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    world.watchers.recheck_shard(shard, kFirstMoment);
  world.take_calls();
  EXPECT_LE(world.watchers.most_steps(), WatchRegistry::kStepsPerHold);
}

}  // namespace
}  // namespace porchlight::watch
