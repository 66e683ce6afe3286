// The condition of a wait: a set of states.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "presence/state.h"

namespace porchlight::watch {

// A set of documented pairs of availability and activity (spec presence §3). A value; pure.
class Condition {
 public:
  // The pairs that have one of these availabilities and one of these activities, in any letter case. An empty
  // list does not restrict the set. If no pair has a name, that name is the error.
  static std::expected<Condition, std::string> find(std::span<const std::string> availabilities,
                                                    std::span<const std::string> activities);

  // Whether the state is in the set.
  bool holds(presence::State state) const { return pairs_ >> state.rank() & 1; }
  // Whether the set is empty, so that the condition can never hold.
  bool is_empty() const { return pairs_ == 0; }

 private:
  std::uint64_t pairs_ = 0;  // bit n: the pair of rank n (presence::State::rank)
};

}  // namespace porchlight::watch
