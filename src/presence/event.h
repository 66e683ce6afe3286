// What a caller asks for (Command), what then happened (Event), and why not (Rejection). All are values.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "presence/record.h"

namespace porchlight::presence {

// setPresence. An absent life means kSessionLifeDefault, or, for a client, until cleared.
struct SetSession {
  SessionKey key;
  State state;
  std::optional<Duration> life = std::nullopt;
  bool client = false;  // the application is registered as a signed-in client: any documented pair
};
// clearPresence.
struct ClearSession {
  SessionKey key;
};
// setUserPreferredPresence. An absent life means the pair's default (§2.4).
struct SetPreferred {
  State state;
  std::optional<Duration> life = std::nullopt;
};
// clearUserPreferredPresence.
struct ClearPreferred {};

using Command = std::variant<SetSession, ClearSession, SetPreferred, ClearPreferred>;

struct SessionSet {
  SessionKey key;
  State state;
  Time expires_at;
  friend bool operator==(const SessionSet&, const SessionSet&) = default;
};
struct SessionCleared {
  SessionKey key;
  friend bool operator==(const SessionCleared&, const SessionCleared&) = default;
};
struct PreferredSet {
  State state;
  Time expires_at;
  friend bool operator==(const PreferredSet&, const PreferredSet&) = default;
};
struct PreferredCleared {
  friend bool operator==(const PreferredCleared&, const PreferredCleared&) = default;
};

struct Event {
  Time at;              // when it happened
  std::uint64_t stamp;  // the person's sequence number once it has happened
  std::variant<SessionSet, SessionCleared, PreferredSet, PreferredCleared> what;
  friend bool operator==(const Event&, const Event&) = default;
};

// Why a command is refused. The Graph code and text of each are the graph room's.
enum class Rejection : std::uint8_t {
  kPairNotAllowed,      // §10 P4
  kDurationOutOfRange,  // §10 P3
  kTooManySessions,     // §5.6: the 17th of one application, or the 65th of a person
  kSessionNotFound,     // §10 P10
};

}  // namespace porchlight::presence
