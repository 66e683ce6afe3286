// Random histories on a disk whose power is cut at a random call, or when a notification has just left. After each cut
// the stores are opened on what the disk kept: every acknowledged write is there, and the receiver of notifications
// ends with the present states.
#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "durability/world.h"
#include "support/rounds.h"

namespace porchlight {
namespace {

constexpr int kSeeds = 12;
constexpr int kCuts = 4;         // per seed
constexpr int kOperations = 14;  // between two cuts

void one_operation(World& world, std::mt19937_64& random) {
  switch (random() % 12) {
    case 0:
      return world.take_snapshot();
    case 1:
      return world.subscribe();
    case 2:
      return world.unsubscribe();
    case 3:
      return world.consent();
    case 4:
      return world.make_scim_token();
    case 5:
    case 6:
      return world.deliver();
    default:
      return world.set_presence(static_cast<int>(random() % World::kPeople), random());
  }
}

// The state of a user returns to one that was notified before, while the notification in between has left: only the
// mark that was written before that post says so. Either the power is cut as it leaves, and the session expires
// before the next start; or the next state is never notified.
void leave_and_return(World& world, std::mt19937_64& random) {
  const int person = static_cast<int>(random() % World::kPeople);
  const std::uint64_t state = random();
  if (random() % 2 == 0) {
    world.wait(2 * World::kSessionLife);
    world.deliver();
    world.subscribe();  // the record of what was sent becomes durable with it
    world.set_presence(person, state);
    world.deliver(1);
    world.wait(2 * World::kSessionLife);
  } else {
    world.set_presence(person, state);
    world.deliver();
    world.subscribe();
    world.set_presence(person, state + 1);
    world.deliver();
    world.set_presence(person, state);
  }
}

// Cuts the power in the middle of the operations: at a random call of the disk, when a post has left, or between two.
void run_until_cut(World& world, std::mt19937_64& random) {
  const auto way = random() % 3;
  if (way == 0) world.disk().cut_after(1 + random() % 40);
  for (int i = 0; i < kOperations && !world.disk().is_cut(); ++i) one_operation(world, random);
  if (way == 1) leave_and_return(world, random);
  world.disk().cut();
}

TEST(PowerCut, KeepsWhatWasAcknowledged) {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(rounds(kSeeds)); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    World world(seed);
    for (int cut = 0; cut < kCuts && !::testing::Test::HasFailure(); ++cut) {
      SCOPED_TRACE("cut " + std::to_string(cut));
      run_until_cut(world, random);
      world.stop();
      world.disk().restore_power();
      ASSERT_NO_THROW(world.start());
    }
    if (::testing::Test::HasFailure()) return;
  }
}

// Nothing that is synced follows the removal before the cut.
TEST(PowerCut, KeepsARemovalOfASubscription) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    world.subscribe();
    world.subscribe();
    world.unsubscribe();
    world.disk().cut();
    world.stop();
    world.disk().restore_power();
    ASSERT_NO_THROW(world.start());
  }
}

// A call that fails with each errno instead of the power: afterwards the disk works again.
TEST(PowerCut, AfterFailedCalls) {
  using Call = CutDisk::Call;
  std::uint64_t seed = 1000;
  for (const int error : {EIO, ENOSPC, EROFS}) {
    for (const Call call : {Call::kCreate, Call::kWrite, Call::kSync, Call::kRename, Call::kSyncFolder}) {
      SCOPED_TRACE("errno " + std::to_string(error) + ", call " + std::to_string(static_cast<int>(call)));
      std::mt19937_64 random(++seed);
      World world(seed);
      world.disk().fail(call, error);
      for (int i = 0; i < kOperations; ++i) one_operation(world, random);
      world.disk().fail(call, 0);
      world.disk().cut();
      world.stop();
      world.disk().restore_power();
      ASSERT_NO_THROW(world.start());
      ASSERT_FALSE(::testing::Test::HasFailure());
    }
  }
}

}  // namespace
}  // namespace porchlight
