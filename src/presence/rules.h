// The rules of presence. The presence of a user is a pure function of the stored record and the time, so expiry and
// fading need no timers and no writes. No function here reads a clock, does I/O or takes a lock; the functions that
// read do not allocate. All may be called from any thread. R1 to R14 are the rules of spec presence §6.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "presence/event.h"
#include "presence/policy.h"
#include "presence/record.h"

namespace porchlight::presence {

inline constexpr Duration kSessionLifeDefault = std::chrono::minutes(5);
inline constexpr Duration kPreferredLifeMax = std::chrono::days(366);  // §5.8
inline constexpr Duration kPreferredLifeShort = std::chrono::days(1);  // §2.4: DoNotDisturb and Busy
inline constexpr Duration kPreferredLifeLong = std::chrono::days(7);   // §2.4: the other pairs
inline constexpr std::size_t kSessionsPerAppMax = 16;     // §5.6: live sessions of one application
inline constexpr std::size_t kSessionsPerPersonMax = 64;  // our limit: live sessions of a user in all

// The rule that gave the state, before out of office is applied (R14).
enum class Rule : std::uint8_t {
  kNoLiveSession,  // R2: Offline, whatever is preferred
  kPreferred,      // R3: the preferred pair, exactly as set
  kBestSession,    // R4, R5, R7: the live session of the best rank, faded by its age (R6)
  kMeeting,        // R4 with a calendar event as one more session: Busy/InAMeeting has the best rank
};

// The state and its reason. `session` is the session that decided (kBestSession), else null; it points into the record.
struct Explanation {
  State state;  // `base`, with the activity OutOfOffice if §8 says so (R14)
  State base;
  Rule rule;
  const Session* session;
  bool out_of_office;
};

// Defined for every record and every time (§6.2-6.4). If the wall clock jumps back, sessions set after `now` are live
// with age zero.
Explanation explain(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The state of a live session after fading (R6).
State apply_idle_fade(const Session& session, Time now, const Policy& policy);

// The state of explain(), without the reason.
State effective(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The current work location and its layer (§9).
struct CurrentLocation {
  const Location* location = nullptr;  // null: not known. Points into the record
  LocationLayer layer = LocationLayer::kManual;
};
// The first layer with a live location counts. The work plan is the last: a period of type unspecified gives none.
CurrentLocation location_at(const Record& record, Time now);

// Everything that a client can see of a record at a time (§1.1). Points into the record.
struct Visible {
  State state;
  bool out_of_office;
  const std::string* reply;      // the text of the automatic reply; null if there is no text
  const StatusMessage* message;  // null if there is no live message
  CurrentLocation location;
  SharedLocation shared = SharedLocation::kSpecific;  // how much of it others see
  // Compares what clients see, not pointers: values of different records may be equal.
  friend bool operator==(const Visible& a, const Visible& b);
};
Visible visible(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The first time after `now` at which visible() changes by itself (§6.4); nullopt if it does not.
std::optional<Time> next_change(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The first time after `now` at which the state or the out-of-office flag changes although each live session is renewed
// in time, so that none expires or fades: a meeting, a preference or a time out of office begins or ends. nullopt if
// they do not.
std::optional<Time> next_planned_change(const Record& record, Time now);

// The time until which both visible() and next_planned_change() keep their values if no event comes; nullopt: for good.
// It may be earlier than the first change.
std::optional<Time> unchanged_until(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The sequence number after a visible change: the seconds since 1970 at the time of the change, but at least one more
// than before. It tells a reader when the last visible change was, and not how many there were: a reader who did not
// see all of them cannot count them, and a user who appears offline has the number of one who went offline then
// (§6.6).
std::uint64_t next_sequence(std::uint64_t before, Time change);

// The sequence number (§6.6). It grows with every visible change, made by a call or by time, and only then. 0 if
// there was none. Before record.sequence_base_at (if the clock jumped back) it is record.sequence_base.
std::uint64_t sequence(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The event that `command` causes, or the reason why it is refused (§5.6-5.11, §7-9). The checks run in this order, and
// the first failure is returned: pair, duration, number of sessions, existence of the session. No event if the command
// changes nothing (§5.9).
std::expected<std::optional<Event>, Rejection> decide(const Record& record, const Command& command, Time now,
                                                      const Policy& policy = kDocumentedPolicy);

// The same with the states that a client sees before and after the event, at its time.
struct DecidedChange {
  Event event;
  State before;
  State after;
};
std::expected<std::optional<DecidedChange>, Rejection> decide_change(
    const Record& record, const Command& command, Time now, const Policy& policy = kDocumentedPolicy);

// Applies `event` to the record and removes inputs that are expired at the time of the event. The result depends on the
// record and the event only, and applying an event twice is the same as once: replay of the log relies on both.
void apply(Record& record, const Event& event);

// Whether an input of the record, apart from the calendar, had expired at `at`: settled() would remove it.
bool has_expired_input(const Record& record, Time at);

// A record that reads the same as this one at each time from `at` on, without the inputs that had expired by then. The
// unchanged record if `at` is before its last event. So what a user has left behind can be forgotten without an event.
Record settled(Record record, Time at, const Policy& policy = kDocumentedPolicy);

}  // namespace porchlight::presence
