// The vocabulary: the documented pairs of availability and activity, in order of rank (spec presence §2).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace porchlight::presence {

// One documented pair. Its rank is its place in the table: of two sessions, the one with the smaller rank
// shows (rules R4, R5, R7). A State can only be one of the documented pairs, so whatever is computed from
// States is documented too.
class State {
 public:
  // PascalCase, as on the wire (§2.3).
  std::string_view availability() const;
  std::string_view activity() const;
  std::uint8_t rank() const { return rank_; }
  friend auto operator<=>(const State&, const State&) = default;

  // The pair's number in storage and between nodes: unlike the rank it never changes once released, and is
  // never used again.
  std::uint8_t code() const;
  // The pair with this number, or nothing where no pair known here has it.
  static std::optional<State> from_code(std::uint8_t code);

  // The pair that callers name, in any letter case (§2.3), or nothing where it is not a documented one.
  static std::optional<State> find(std::string_view availability, std::string_view activity);

 private:
  friend struct StateTable;
  constexpr explicit State(std::uint8_t rank) : rank_(rank) {}
  std::uint8_t rank_;
};

// The pairs that the rules give by themselves: fading (§6.3), nobody there (R2), nobody known (§6.8).
extern const State kAvailable;          // Available/Available
extern const State kAvailableInactive;  // Available/AvailableInactive
extern const State kAway;               // Away/Away
extern const State kInAMeeting;         // Busy/InAMeeting
extern const State kOffline;            // Offline/Offline
extern const State kPresenceUnknown;    // PresenceUnknown/PresenceUnknown

// The pair that shows in place of `base` while its person is out of office (§8; R14): a more telling activity
// stays.
State while_out_of_office(State base);

// Every documented pair, best rank first (§2.4, readable pairs).
std::span<const State> documented_states();

// The pairs that setPresence takes from an ordinary application, and that setUserPreferredPresence takes
// (§2.4).
std::span<const State> session_states();
std::span<const State> preferred_states();

}  // namespace porchlight::presence
