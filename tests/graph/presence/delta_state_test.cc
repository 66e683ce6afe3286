// The bytes of the state in delta links: what they hold, and how long they are.
#include "graph/presence/delta_state.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/bytes.h"

namespace porchlight::graph {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

history::Positions all_at(std::uint64_t seq) {
  history::Positions positions;
  positions.fill(seq);
  return positions;
}

history::KnownChanges known_at(std::uint64_t seq, std::int64_t ms) {
  return {all_at(seq), Time(Duration(ms))};
}

DeltaState between_rounds(std::uint64_t seq) { return {known_at(seq, 5), {}, 7, false, {}}; }

DeltaState within_a_round(std::optional<history::KnownChanges> known, const history::KnownChanges& next) {
  return {known, next, kMax, true, Guid{{1, 2, 3}}};
}

TEST(DeltaState, IsReadAsItWasWritten) {
  DeltaState states[] = {
      {},
      within_a_round({}, known_at(3, 4)),
      between_rounds(9),
      within_a_round(known_at(9, -1), known_at(10, 2)),
      within_a_round(known_at(10, 0), known_at(9, 0)),  // a difference below 0
  };
  for (std::size_t shard = 0; shard < state::kShards; ++shard)
    states[3].known->positions[shard] = std::uint64_t{1} << shard;
  for (const DeltaState& state : states) EXPECT_EQ(decode_delta_state(encode_delta_state(state)), state);
}

TEST(DeltaState, HasALengthThatDoesNotShowThePositions) {
  EXPECT_EQ(encode_delta_state({}).size(), kDeltaStateUnit);
  EXPECT_EQ(encode_delta_state(between_rounds(0)).size(), kDeltaStateUnit);
  constexpr std::uint64_t kBetween = (std::uint64_t{1} << 49) - 1, kWithin = (1 << 28) - 1;
  EXPECT_EQ(encode_delta_state(between_rounds(kBetween)).size(), kDeltaStateUnit);
  EXPECT_EQ(encode_delta_state(between_rounds(kBetween + 1)).size(), 2 * kDeltaStateUnit);
  constexpr std::uint64_t kLater = 1 << 21;
  const auto within = [&](std::uint64_t later) {
    return encode_delta_state(within_a_round(known_at(kWithin, 5), known_at(kWithin + later, 6))).size();
  };
  EXPECT_EQ(within(kLater - 1), kDeltaStateUnit);
  EXPECT_EQ(within(kLater), 2 * kDeltaStateUnit);
}

TEST(DeltaState, IsNeverLongerThanItsBound) {
  const DeltaState longest = within_a_round(known_at(kMax, 0), known_at(kMax - 1, 0));
  EXPECT_EQ(encode_delta_state(longest).size(), kDeltaStateBytesMax);
  EXPECT_EQ(encode_delta_state(between_rounds(kMax)).size(), 2 * kDeltaStateUnit);
  EXPECT_EQ(decode_delta_state(encode_delta_state(longest)), longest);
}

TEST(DeltaState, OfAnotherReleaseIsNotUnderstood) {
  for (const std::size_t size : {0, 1, 49, 65}) {
    EXPECT_FALSE(decode_delta_state(std::string(size, '\0')));
    EXPECT_FALSE(decode_delta_state(std::string(size, '\1')));
    EXPECT_FALSE(decode_delta_state(std::string("\1") + std::string(size, '\0')));
  }
  std::string state = encode_delta_state(between_rounds(1));
  EXPECT_FALSE(decode_delta_state(state + std::string(1, '\0')));
  EXPECT_FALSE(decode_delta_state(state.substr(1)));
  state[0] = 2;
  EXPECT_FALSE(decode_delta_state(state)) << "another format";
  std::string cut = encode_delta_state(between_rounds(kMax)).substr(0, kDeltaStateUnit);
  EXPECT_FALSE(decode_delta_state(cut));
}

}  // namespace
}  // namespace porchlight::graph
