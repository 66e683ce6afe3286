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
  bool client = false;    // the application is registered as a signed-in client: any documented pair
  bool priority = false;  // ... as one whose sessions beat a preference
};
// clearPresence.
struct ClearSession {
  SessionKey key;
};
// setUserPreferredPresence. An absent life means the pair's default (spec presence §2.4).
struct SetPreferred {
  State state;
  std::optional<Duration> life = std::nullopt;
  Guid by = {};
};
// clearUserPreferredPresence.
struct ClearPreferred {};
// setStatusMessage. When it is published is decided, not given.
struct SetMessage {
  std::string text;
  Time expires_at = kNever;
  std::string expiry_text = {};
  std::string expiry_zone = {};
  Guid by = {};
};
// setStatusMessage with nothing to say.
struct ClearMessage {};
// setManualLocation, setAutomaticLocation, and the schedule's.
struct SetLocation {
  LocationLayer layer;
  Location location;
};
// clearAutomaticLocation, clearLocation.
struct ClearLocations {
  bool manual = false;
  bool automatic = false;
  bool scheduled = false;
};
struct SetOutOfOffice {
  OutOfOffice what;
};
struct ClearOutOfOffice {};
struct SetCalendar {
  Shared<Calendar> calendar;  // nothing: none any more
};
struct SetVisibility {
  Visibility visibility;
};

using Command =
    std::variant<SetSession, ClearSession, SetPreferred, ClearPreferred, SetMessage, ClearMessage,
                 SetLocation, ClearLocations, SetOutOfOffice, ClearOutOfOffice, SetCalendar, SetVisibility>;

struct SessionSet {
  SessionKey key;
  State state;
  Time expires_at;
  bool priority = false;
  friend bool operator==(const SessionSet&, const SessionSet&) = default;
};
struct SessionCleared {
  SessionKey key;
  friend bool operator==(const SessionCleared&, const SessionCleared&) = default;
};
struct PreferredSet {
  State state;
  Time expires_at;
  Guid by = {};
  friend bool operator==(const PreferredSet&, const PreferredSet&) = default;
};
struct PreferredCleared {
  friend bool operator==(const PreferredCleared&, const PreferredCleared&) = default;
};
struct MessageSet {
  StatusMessage message;
  friend bool operator==(const MessageSet&, const MessageSet&) = default;
};
struct MessageCleared {
  friend bool operator==(const MessageCleared&, const MessageCleared&) = default;
};
struct LocationSet {
  LocationLayer layer;
  Location location;
  friend bool operator==(const LocationSet&, const LocationSet&) = default;
};
struct LocationsCleared {
  bool manual = false;
  bool automatic = false;
  bool scheduled = false;
  friend bool operator==(const LocationsCleared&, const LocationsCleared&) = default;
};
struct OutOfOfficeSet {
  OutOfOffice what;
  friend bool operator==(const OutOfOfficeSet&, const OutOfOfficeSet&) = default;
};
struct OutOfOfficeCleared {
  friend bool operator==(const OutOfOfficeCleared&, const OutOfOfficeCleared&) = default;
};
struct CalendarSet {
  Shared<Calendar> calendar;
  friend bool operator==(const CalendarSet&, const CalendarSet&) = default;
};
struct CalendarCleared {
  friend bool operator==(const CalendarCleared&, const CalendarCleared&) = default;
};
struct VisibilitySet {
  Shared<Visibility> visibility;
  friend bool operator==(const VisibilitySet&, const VisibilitySet&) = default;
};
struct VisibilityCleared {
  friend bool operator==(const VisibilityCleared&, const VisibilityCleared&) = default;
};

struct Event {
  Time at;                 // when it happened
  std::uint64_t sequence;  // the person's sequence number once it has happened
  std::variant<SessionSet, SessionCleared, PreferredSet, PreferredCleared, MessageSet, MessageCleared,
               LocationSet, LocationsCleared, OutOfOfficeSet, OutOfOfficeCleared, CalendarSet,
               CalendarCleared, VisibilitySet, VisibilityCleared>
      what;
  friend bool operator==(const Event&, const Event&) = default;
};

// Why a command is refused. The Graph code and text of each are the graph room's.
enum class Rejection : std::uint8_t {
  kPairNotAllowed,      // §10 P4
  kDurationOutOfRange,  // §10 P3
  kTooManySessions,     // §5.6: the 17th of one application, or the 65th of a person
  kSessionNotFound,     // §10 P10
  kExpiryPassed,        // §7: a status message that would be gone already
  kWindowEmpty,         // an out-of-office window that ends before it begins, or has ended
};

}  // namespace porchlight::presence
