// The slot index against a std::map, over random sequences with deliberately poor hashes.
#include "state/slot_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace porchlight::state {
namespace {

class SlotIndexHistory : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SlotIndexHistory, FindsExactlyThePresentSlots) {
  // With few different hashes many slots have the same place and the same six bits of the hash.
  const std::uint64_t mask = GetParam();
  const auto hash_of = [mask](Slot slot) { return (slot * 0x9E3779B97F4A7C15u) & mask; };
  std::mt19937_64 random(7);
  SlotIndex index;
  std::map<Slot, bool> present;
  for (int step = 0; step < 20'000; ++step) {
    const Slot slot = random() % 300;
    const auto is_it = [slot](Slot other) { return other == slot; };
    ASSERT_EQ(index.find(hash_of(slot), is_it).has_value(), present[slot]) << "at step " << step;
    if (present[slot])
      index.erase(hash_of(slot), slot, hash_of);
    else
      index.insert(hash_of(slot), slot, hash_of);
    present[slot] = !present[slot];
  }
  std::size_t seen = 0;
  index.each([&](Slot slot) {
    EXPECT_TRUE(present[slot]);
    ++seen;
  });
  EXPECT_EQ(seen, index.size());
}

INSTANTIATE_TEST_SUITE_P(Hashes, SlotIndexHistory,
                         testing::Values(0u, 1u, 0xC000000000000003u, 0xFFu, ~std::uint64_t{0}));

TEST(SlotIndex, HoldsTheGreatestSlot) {
  SlotIndex index;
  const auto hash_of = [](Slot) { return ~std::uint64_t{0}; };
  index.insert(~std::uint64_t{0}, kSlotsMax - 1, hash_of);
  EXPECT_EQ(index.find(~std::uint64_t{0}, [](Slot slot) { return slot == kSlotsMax - 1; }), kSlotsMax - 1);
}

TEST(SlotIndex, FindsNothingIfEmpty) {
  const SlotIndex index;
  EXPECT_EQ(index.find(5, [](Slot) { return true; }), std::nullopt);
}

}  // namespace
}  // namespace porchlight::state
