// The vocabulary: the documented pairs of availability and activity, in order of rank (spec presence §2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace porchlight::presence {

// One documented pair. Its number is its rank: of two sessions, the one with the smaller rank shows (rules
// R4, R5, R7). A State can only be one of the documented pairs, so whatever is computed from States is
// documented too.
class State {
 public:
  // PascalCase, as on the wire (§2.3).
  std::string_view availability() const;
  std::string_view activity() const;
  std::uint8_t rank() const { return rank_; }
  friend auto operator<=>(const State&, const State&) = default;

  // The pair with this rank, or nothing: how a stored State comes back.
  static std::optional<State> from_rank(std::uint8_t rank);

  // The pair that callers name, in any letter case (§2.3), or nothing where it is not a documented one.
  static std::optional<State> find(std::string_view availability, std::string_view activity);

 private:
  friend struct StateTable;
  constexpr explicit State(std::uint8_t rank) : rank_(rank) {}
  std::uint8_t rank_;
};

// Every documented pair, best rank first.
std::span<const State> documented_states();

// The pairs that setPresence takes from an ordinary application, and that setUserPreferredPresence takes
// (§2.4).
std::span<const State> session_states();
std::span<const State> preferred_states();

}  // namespace porchlight::presence
