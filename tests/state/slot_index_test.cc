// The index of slots against a plain map, over random histories whose hashes are poor on purpose.
#include "state/slot_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace porchlight::state {
namespace {

class SlotIndexHistory : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SlotIndexHistory, FindsWhatIsThereAndNothingElse) {
  // Few bits that differ: many slots want the same place, and many have the same six bits beside their
  // number.
  const std::uint64_t mask = GetParam();
  const auto hash_of = [mask](Slot slot) { return (slot * 0x9E3779B97F4A7C15u) & mask; };
  std::mt19937_64 random(7);
  SlotIndex index;
  std::map<Slot, bool> there;
  for (int step = 0; step < 20'000; ++step) {
    const Slot slot = random() % 300;
    const auto is_it = [slot](Slot other) { return other == slot; };
    ASSERT_EQ(index.find(hash_of(slot), is_it).has_value(), there[slot]) << "at step " << step;
    if (there[slot])
      index.erase(hash_of(slot), slot, hash_of);
    else
      index.insert(hash_of(slot), slot, hash_of);
    there[slot] = !there[slot];
  }
  std::size_t seen = 0;
  index.each([&](Slot slot) {
    EXPECT_TRUE(there[slot]);
    ++seen;
  });
  EXPECT_EQ(seen, index.size());
}

INSTANTIATE_TEST_SUITE_P(Hashes, SlotIndexHistory,
                         testing::Values(0u, 1u, 0xC000000000000003u, 0xFFu, ~std::uint64_t{0}));

TEST(SlotIndex, HoldsTheLastSlotThereMayBe) {
  SlotIndex index;
  const auto hash_of = [](Slot) { return ~std::uint64_t{0}; };
  index.insert(~std::uint64_t{0}, kSlotsMax - 1, hash_of);
  EXPECT_EQ(index.find(~std::uint64_t{0}, [](Slot slot) { return slot == kSlotsMax - 1; }), kSlotsMax - 1);
}

TEST(SlotIndex, AnEmptyOneFindsNothing) {
  const SlotIndex index;
  EXPECT_EQ(index.find(5, [](Slot) { return true; }), std::nullopt);
}

}  // namespace
}  // namespace porchlight::state
