// explain() at length: every input that counts, what became of each, and what comes next. For people who ask
// why, not for the read path: it allocates.
#pragma once

#include <optional>
#include <vector>

#include "presence/rules.h"

namespace porchlight::presence {

enum class InputKind : std::uint8_t {
  kSession,
  kPreference,
  kMeeting,      // a running calendar event that shows as busy
  kOutOfOffice,  // a running automatic reply, or calendar event that shows as out of office
};

// What became of an input.
enum class InputOutcome : std::uint8_t {
  kWins,                    // the pair is its
  kOutranked,               // R4, R5, R7: another session or meeting ranks better
  kOverriddenByPreference,  // R3: the preference shows instead
  kWithoutSession,          // R2: it would show if anybody were there
  kOverriddenByPriority,    // a priority session lives: the preference does not count
  kChangesActivity,         // R14: out of office is the activity that shows
  kLeavesActivity,          // R14: a more telling activity stays; only the flag says so
};

struct Input {
  InputKind kind;
  InputOutcome outcome;
  State state;  // as it counts now: of a session, faded
  Time since;
  Time until;                        // kNever: does not end by itself
  Guid by = {};                      // the application that set it; nil of a calendar's
  const Session* session = nullptr;  // of a session; points into the record
};

// When state or out of office changes by itself, if they do. That a message or a location ends does not
// count: when a message ends is for its owner to know (spec presence §7).
std::optional<Time> next_state_change(const Record& record, Time now,
                                      const Policy& policy = kDocumentedPolicy);

struct DetailedExplanation {
  Explanation why;
  std::vector<Input> inputs;       // live ones: sessions in order of key, then the others
  std::optional<Time> changes_at;  // when state or out of office changes by itself ...
  Explanation then;                // ... and to what; like `why` where it does not
};

// explain() and explain_in_detail() cannot differ: the one is in the other.
DetailedExplanation explain_in_detail(const Record& record, Time now,
                                      const Policy& policy = kDocumentedPolicy);

}  // namespace porchlight::presence
