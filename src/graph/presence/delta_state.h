// The state of a client of a delta query, which travels in its links (delta.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "history/timeline.h"

namespace porchlight::graph {

// How far a client is: what it knows, and within a round what it knows at its end, and where the next page begins.
struct DeltaState {
  std::optional<history::KnownChanges> known;  // nullopt in the first round
  history::KnownChanges next;                  // known at the end of the round; default between rounds
  std::uint64_t viewer = 0;                    // viewer_hash() at the start of the round
  bool resend_all = false;                     // viewer_hash() has changed: list all users
  std::optional<Guid> after;                   // nullopt between rounds

  bool is_first() const { return !known; }
  friend bool operator==(const DeltaState&, const DeltaState&) = default;
};

// An encoded state is filled up to a multiple of this. Otherwise the length of a link would show when a shard's
// position needs another byte, and so that a user wrote. One unit is enough for positions below 2^28, if those of the
// end of a round are less than 2^21 later.
inline constexpr std::size_t kDeltaStateUnit = 512;
// The longest encoded state, of positions near 2^64.
inline constexpr std::size_t kDeltaStateBytesMax = 3 * kDeltaStateUnit;

std::string encode_delta_state(const DeltaState& state);
// nullopt if the bytes are not of this release.
std::optional<DeltaState> decode_delta_state(std::string_view bytes);

}  // namespace porchlight::graph
