// The one idea: a person's presence is a pure function of what is known of them and of the time.
// No clock, no I/O, no lock, and no allocation on the reading functions. Rules by name: spec presence §6.
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
inline constexpr std::size_t kSessionsPerAppMax = 16;                  // §5.6: live ones of one application
inline constexpr std::size_t kSessionsPerPersonMax = 64;               // ours: live ones of all together

// Which rule decided, before out of office has its say.
enum class Rule : std::uint8_t {
  kNoLiveSession,  // R2: Offline, whatever is preferred
  kPreferred,      // R3: the preferred pair, exactly as set
  kBestSession,    // R4, R5, R7: the live session of the best rank, faded by its age (R6)
  kMeeting,        // R4 with a calendar event among the sessions: Busy/InAMeeting ranks best
};

// What everyone sees and why. `session` is the one that decided (kBestSession), else null; it points into the
// record.
struct Explanation {
  State state;  // `base`, with OutOfOffice for its activity where §8 has it so (R14)
  State base;
  Rule rule;
  const Session* session;
  bool out_of_office;
};

// Total: any record, any time, one answer (§6.2-6.4). A wall clock that jumped back expires nobody: what was
// set after `now` lives, with age zero.
Explanation explain(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// What a live session counts as at its age (R6).
State apply_idle_fade(const Session& session, Time now, const Policy& policy);

// explain() without the reasons.
State effective(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The location that counts: the first layer that has one today (§9).
struct CurrentLocation {
  const Location* location = nullptr;  // null: nothing is known
  LocationLayer layer = LocationLayer::kManual;
};
CurrentLocation location_at(const Record& record, Time now);

// All that a reader can see of a record at one moment (§1.1). Points into the record.
struct Visible {
  State state;
  bool out_of_office;
  const std::string* reply;      // of the automatic reply; null: none
  const StatusMessage* message;  // null: none
  CurrentLocation location;
  // By value, whichever records they point into.
  friend bool operator==(const Visible& a, const Visible& b);
};
Visible visible(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The first moment after `now` at which visible() differs by itself, if there is one (§6.4).
std::optional<Time> next_change(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// The sequence number (§6.6): grows with every visible change, by a call or by time, and never otherwise.
// Before record.sequence_base_at (a clock that jumped back) it stays at record.stamp.
std::uint64_t sequence(const Record& record, Time now, const Policy& policy = kDocumentedPolicy);

// What `command` would make happen, or why it is refused (§5.6-5.11, §7-9; first failure answers: pair,
// duration, number of sessions, session there); no event where nothing would change (§5.9).
std::expected<std::optional<Event>, Rejection> decide(const Record& record, const Command& command, Time now,
                                                      const Policy& policy = kDocumentedPolicy);

// Makes `event` part of the record, and forgets what had expired by then. Depends on nothing else; applying
// twice is the same as once.
void apply(Record& record, const Event& event);

}  // namespace porchlight::presence
