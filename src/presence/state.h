// The documented pairs of availability and activity, and their ranks (spec presence §2).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace porchlight::presence {

// One documented pair. Its rank is its position in the table: of two sessions, the one with the smaller rank is visible
// (rules R4, R5, R7). A State cannot hold any other pair, so every result of the rules is a documented pair.
class State {
 public:
  // PascalCase, as on the wire (§2.3).
  std::string_view availability() const;
  std::string_view activity() const;
  std::uint8_t rank() const { return rank_; }
  friend auto operator<=>(const State&, const State&) = default;

  // The number of the pair in the log and in snapshots. Unlike the rank, a released code never changes and is never
  // reused.
  std::uint8_t code() const;
  // Returns nullopt if no documented pair has this code.
  static std::optional<State> from_code(std::uint8_t code);

  // The pair with these names, compared without regard to ASCII case (§2.3). Returns nullopt if it is not documented.
  static std::optional<State> find(std::string_view availability, std::string_view activity);

 private:
  friend struct StateTable;
  constexpr explicit State(std::uint8_t rank) : rank_(rank) {}
  std::uint8_t rank_;
};

// The pairs that the rules themselves produce: fading (§6.3), meetings (§8), no live session (R2), hidden (§6.8).
extern const State kAvailable;          // Available/Available
extern const State kAvailableInactive;  // Available/AvailableInactive
extern const State kAway;               // Away/Away
extern const State kInAMeeting;         // Busy/InAMeeting
extern const State kOffline;            // Offline/Offline
extern const State kPresenceUnknown;    // PresenceUnknown/PresenceUnknown

// The pair that is visible instead of `base` while the user is out of office (§8; R14). Activities that are more
// specific, such as InACall, stay.
State while_out_of_office(State base);

// All documented pairs, best rank first (§2.4, readable pairs): kStates of them.
inline constexpr std::size_t kStates = 21;
std::span<const State> documented_states();

// The pairs that setPresence accepts from an ordinary application, and the pairs that setUserPreferredPresence accepts
// (§2.4).
std::span<const State> session_states();
std::span<const State> preferred_states();

}  // namespace porchlight::presence
