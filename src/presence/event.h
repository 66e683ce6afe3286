// The input and output of decide(): a request of a client (Command) gives an Event, or a Rejection with the reason.
// All are values without references.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "presence/record.h"

namespace porchlight::presence {

// setPresence. Without a life the session lives for kSessionLifeDefault; a session of a signed-in client lives until it
// is cleared.
struct SetSession {
  SessionKey key;
  State state;
  std::optional<Duration> life = std::nullopt;
  bool client = false;  // the application is registered as a signed-in client: it may set any documented pair
  bool priority = false;  // the application is registered with priority: its sessions beat a preference
};
// clearPresence.
struct ClearSession {
  SessionKey key;
};
// setUserPreferredPresence. Without a life the default of the pair applies (spec presence §2.4).
struct SetPreferred {
  State state;
  std::optional<Duration> life = std::nullopt;
  Guid by = {};  // the application of the token; so in all commands
};
// clearUserPreferredPresence.
struct ClearPreferred {};
// setStatusMessage. The time of publication is the time of the decision.
struct SetMessage {
  std::string text;
  Time expires_at = kNever;
  std::string expiry_text = {};  // the expiry as the client wrote it: local time and time zone
  std::string expiry_zone = {};
  Guid by = {};
};
// setStatusMessage with an empty message.
struct ClearMessage {};
// setManualLocation, setAutomaticLocation, and the location of the schedule.
struct SetLocation {
  LocationLayer layer;
  Location location;
};
// clearAutomaticLocation, clearLocation. True: clear this layer.
struct ClearLocations {
  bool manual = false;
  bool automatic = false;
  bool scheduled = false;
};
// Changes of the work plan (§9, "Work plans in Graph"). Each names one part of it, so that the changes of two callers
// do not undo each other.
struct SetSharedLocation {
  SharedLocation shared;
};
// Adds it, or replaces the one with its id if `exists`; the occurrences in place of its days are dropped then.
struct PutWorkRecurrence {
  WorkRecurrence recurrence;
  bool exists = false;
};
struct RemoveWorkRecurrence {
  Guid id;
};
// Adds it, or replaces the time off with its id if `exists`. One in place of a recurrence's day replaces any other.
struct PutWorkOccurrence {
  WorkOccurrence occurrence;
  bool exists = false;
};
// Removes a time off.
struct RemoveWorkOccurrence {
  Guid id;
};
// Sets the scheduled location until the end of the current period of the plan, or, for the whole day, until the end of
// its last period today; without such a period until `location.until`, the end of the day.
struct SetCurrentLocation {
  Location location;
  bool whole_day = false;
};
// Sets or ends the automatic reply (§8).
struct SetOutOfOffice {
  OutOfOffice what;
};
struct ClearOutOfOffice {};
// Replaces the calendar with the current content of the feed.
struct SetCalendar {
  Shared<Calendar> calendar;  // empty: removes the calendar
};
// Sets who may see the presence (§6.8). The default Visibility removes the setting.
struct SetVisibility {
  Visibility visibility;
};

using Command =
    std::variant<SetSession, ClearSession, SetPreferred, ClearPreferred, SetMessage, ClearMessage,
                 SetLocation, ClearLocations, SetSharedLocation, PutWorkRecurrence, RemoveWorkRecurrence,
                 PutWorkOccurrence, RemoveWorkOccurrence, SetCurrentLocation, SetOutOfOffice,
                 ClearOutOfOffice, SetCalendar, SetVisibility>;

// The events. Each names what it changes and carries all values, so that applying it needs no policy and no clock.
struct SessionSet {
  SessionKey key;
  State state;
  Time expires_at;
  bool priority = false;
  friend bool operator==(const SessionSet&, const SessionSet&) = default;
};
// A session ended before it expired.
struct SessionCleared {
  SessionKey key;
  friend bool operator==(const SessionCleared&, const SessionCleared&) = default;
};
// The preference was set; it replaces the previous one.
struct PreferredSet {
  State state;
  Time expires_at;
  Guid by = {};
  friend bool operator==(const PreferredSet&, const PreferredSet&) = default;
};
struct PreferredCleared {
  friend bool operator==(const PreferredCleared&, const PreferredCleared&) = default;
};
// The status message was set; it replaces the previous one.
struct MessageSet {
  StatusMessage message;
  friend bool operator==(const MessageSet&, const MessageSet&) = default;
};
struct MessageCleared {
  friend bool operator==(const MessageCleared&, const MessageCleared&) = default;
};
// The location of a layer was set; it replaces the previous one.
struct LocationSet {
  LocationLayer layer;
  Location location;
  friend bool operator==(const LocationSet&, const LocationSet&) = default;
};
// True: the layer was cleared.
struct LocationsCleared {
  bool manual = false;
  bool automatic = false;
  bool scheduled = false;
  friend bool operator==(const LocationsCleared&, const LocationsCleared&) = default;
};
// The work plan changed. The empty plan removes it.
struct WorkPlanSet {
  Shared<WorkPlan> plan;
  friend bool operator==(const WorkPlanSet&, const WorkPlanSet&) = default;
};
// The automatic reply was set; it replaces the previous one.
struct OutOfOfficeSet {
  OutOfOffice what;
  friend bool operator==(const OutOfOfficeSet&, const OutOfOfficeSet&) = default;
};
struct OutOfOfficeCleared {
  friend bool operator==(const OutOfOfficeCleared&, const OutOfOfficeCleared&) = default;
};
// The calendar changed. Events share its spans with records.
struct CalendarSet {
  Shared<Calendar> calendar;
  friend bool operator==(const CalendarSet&, const CalendarSet&) = default;
};
struct CalendarCleared {
  friend bool operator==(const CalendarCleared&, const CalendarCleared&) = default;
};
// The visibility was set to other than the default.
struct VisibilitySet {
  Shared<Visibility> visibility;
  friend bool operator==(const VisibilitySet&, const VisibilitySet&) = default;
};
// The visibility was reset to the default.
struct VisibilityCleared {
  friend bool operator==(const VisibilityCleared&, const VisibilityCleared&) = default;
};

// A change of one user's record, as it is stored in the log.
struct Event {
  Time at;                 // the time of the change
  std::uint64_t sequence;  // the user's sequence number after the change
  std::variant<SessionSet, SessionCleared, PreferredSet, PreferredCleared, MessageSet, MessageCleared,
               LocationSet, LocationsCleared, WorkPlanSet, OutOfOfficeSet, OutOfOfficeCleared, CalendarSet,
               CalendarCleared, VisibilitySet, VisibilityCleared>
      what;
  friend bool operator==(const Event&, const Event&) = default;
};

// Why a command is refused. The graph module maps each to an error code and message.
enum class Rejection : std::uint8_t {
  kPairNotAllowed,      // §10 P4
  kDurationOutOfRange,  // §10 P3
  kTooManySessions,     // §5.6: the 17th session of one application, or the 65th of a user
  kSessionNotFound,     // §10 P10
  kExpiryPassed,        // §7: the status message would be expired already
  kWindowEmpty,         // the out-of-office window ends before it begins, or has ended
  kWorkPlanFull,        // kWorkRecurrencesMax or kWorkOccurrencesMax
  kWorkPlanOverlap,     // a recurrence at the hours of another
  kWorkPlanNotFound,    // no such recurrence or occurrence
};

}  // namespace porchlight::presence
