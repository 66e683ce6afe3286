// The table of documented pairs, one row each, and everything derived from it at compile time.
#include "presence/state.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace porchlight::presence {
namespace {

struct DocumentedPair {
  std::uint8_t code;
  std::string_view availability;
  std::string_view activity;
};

// Best rank first: the position of a row is its rank (R4, R5, R7; within an availability, OutOfOffice ranks last
// because it is the least specific). A release may move and add rows. Codes must not change, because logs contain them:
// a new pair takes the next unused code, and the code of a removed pair stays unused. Code 0 is not used.
constexpr auto kPairs = std::to_array<DocumentedPair>({
    {1, "DoNotDisturb", "Presenting"},
    {2, "DoNotDisturb", "Focusing"},
    {3, "DoNotDisturb", "UrgentInterruptionsOnly"},
    {4, "DoNotDisturb", "DoNotDisturb"},
    {5, "DoNotDisturb", "OutOfOffice"},
    {6, "Busy", "InAConferenceCall"},
    {7, "Busy", "InACall"},
    {8, "Busy", "InAMeeting"},
    {9, "Busy", "Busy"},
    {10, "Busy", "OutOfOffice"},
    {11, "Available", "Available"},
    {12, "Available", "AvailableInactive"},
    {13, "Available", "OutOfOffice"},
    {14, "BeRightBack", "BeRightBack"},
    {15, "Away", "Away"},
    {16, "Away", "BeRightBack"},
    {17, "Away", "OutOfOffice"},
    {18, "Offline", "Offline"},
    {19, "Offline", "OffWork"},
    {20, "Offline", "OutOfOffice"},
    {21, "PresenceUnknown", "PresenceUnknown"},
});

constexpr std::uint8_t kRanks = kPairs.size();
static_assert(kRanks == kStates);
constexpr std::size_t kCodes = 256;
constexpr std::uint8_t kNoRank = 0xFF;

// The rank of each code. The build fails if a code is zero or used twice.
consteval std::array<std::uint8_t, kCodes> ranks_by_code() {
  std::array<std::uint8_t, kCodes> ranks{};
  ranks.fill(kNoRank);
  for (std::uint8_t rank = 0; rank < kRanks; ++rank) {
    std::uint8_t& entry = ranks[kPairs[rank].code];
    if (kPairs[rank].code == 0 || entry != kNoRank) throw "a code is zero or used twice";
    entry = rank;
  }
  return ranks;
}
constexpr auto kRankOfCode = ranks_by_code();

}  // namespace

// Creates all States. No other code can.
struct StateTable {
  static constexpr State at(std::uint8_t rank) { return State(rank); }

  static consteval State named(std::string_view availability, std::string_view activity) {
    for (std::uint8_t rank = 0; rank < kRanks; ++rank)
      if (kPairs[rank].availability == availability && kPairs[rank].activity == activity) return at(rank);
    throw "not a documented pair";
  }

  template <std::size_t... kRanks>
  static consteval auto all(std::index_sequence<kRanks...>) {
    return std::array{at(kRanks)...};
  }
};

namespace {

constexpr auto kDocumented = StateTable::all(std::make_index_sequence<kPairs.size()>());

constexpr std::array kSession = {
    StateTable::named("Available", "Available"),     StateTable::named("Busy", "InACall"),
    StateTable::named("Busy", "InAConferenceCall"),  StateTable::named("Away", "Away"),
    StateTable::named("DoNotDisturb", "Presenting"),
};

constexpr std::array kPreferred = {
    StateTable::named("Available", "Available"),
    StateTable::named("Busy", "Busy"),
    StateTable::named("DoNotDisturb", "DoNotDisturb"),
    StateTable::named("BeRightBack", "BeRightBack"),
    StateTable::named("Away", "Away"),
    StateTable::named("Offline", "OffWork"),
};

}  // namespace

constinit const State kAvailable = StateTable::named("Available", "Available");
constinit const State kAvailableInactive = StateTable::named("Available", "AvailableInactive");
constinit const State kAway = StateTable::named("Away", "Away");
constinit const State kInAMeeting = StateTable::named("Busy", "InAMeeting");
constinit const State kOffline = StateTable::named("Offline", "Offline");
constinit const State kPresenceUnknown = StateTable::named("PresenceUnknown", "PresenceUnknown");

State while_out_of_office(State base) {
  static constexpr std::array kShown = {
      std::pair{StateTable::named("Available", "Available"), StateTable::named("Available", "OutOfOffice")},
      std::pair{StateTable::named("Away", "Away"), StateTable::named("Away", "OutOfOffice")},
      std::pair{StateTable::named("Busy", "Busy"), StateTable::named("Busy", "OutOfOffice")},
      std::pair{StateTable::named("Offline", "Offline"), StateTable::named("Offline", "OutOfOffice")},
  };
  for (const auto& [from, to] : kShown)
    if (base == from) return to;
  return base;
}

std::string_view State::availability() const { return kPairs[rank_].availability; }
std::string_view State::activity() const { return kPairs[rank_].activity; }
std::uint8_t State::code() const { return kPairs[rank_].code; }

std::optional<State> State::from_code(std::uint8_t code) {
  const std::uint8_t rank = kRankOfCode[code];
  if (rank == kNoRank) return std::nullopt;
  return StateTable::at(rank);
}

// A linear scan of the table. Most rows differ from the text in length already, so few texts are compared.
std::optional<State> State::find(std::string_view availability, std::string_view activity) {
  for (std::uint8_t rank = 0; rank < kRanks; ++rank) {
    const DocumentedPair& pair = kPairs[rank];
    if (equals_ignore_case(pair.activity, activity) && equals_ignore_case(pair.availability, availability))
      return StateTable::at(rank);
  }
  return std::nullopt;
}

std::span<const State> documented_states() { return kDocumented; }
std::span<const State> session_states() { return kSession; }
std::span<const State> preferred_states() { return kPreferred; }

}  // namespace porchlight::presence
