// Which states are waited for.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "presence/state.h"

namespace porchlight::watch {

// A set of documented pairs.
class Condition {
 public:
  // The pairs that have one of these availabilities and one of these activities, in any letter case. An empty
  // list asks for nothing. A name that no pair has is the error.
  static std::expected<Condition, std::string> find(std::span<const std::string> availabilities,
                                                    std::span<const std::string> activities);

  bool holds(presence::State state) const { return pairs_ >> state.rank() & 1; }
  // Whether no pair is left: it can never hold.
  bool is_empty() const { return pairs_ == 0; }

 private:
  std::uint64_t pairs_ = 0;  // bit n: the pair of rank n
};

}  // namespace porchlight::watch
