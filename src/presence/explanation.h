// explain() with all details: every live input, what became of each, and the next change. For the explain operation of
// the API; it allocates, so ordinary reads use explain().
#pragma once

#include <optional>
#include <vector>

#include "presence/rules.h"

namespace porchlight::presence {

// The kinds of input to the rules.
enum class InputKind : std::uint8_t {
  kSession,
  kPreference,
  kMeeting,      // a current calendar event that shows as busy
  kOutOfOffice,  // a current automatic reply, or a calendar event that shows as out of office
};

// How an input contributed to the result.
enum class InputOutcome : std::uint8_t {
  kWins,                    // the input gives the pair
  kOutranked,               // R4, R5, R7: another session or meeting has a better rank
  kOverriddenByPreference,  // R3: the preference is visible instead
  kWithoutSession,          // R2: the input is hidden because no session is live
  kOverriddenByPriority,    // a priority session is live, so the preference does not count
  kChangesActivity,         // R14: OutOfOffice is the visible activity
  kLeavesActivity,          // R14: a more specific activity stays; only the out-of-office flag is set
};

// A live input of the rules.
struct Input {
  InputKind kind;
  InputOutcome outcome;
  State state;  // as it counts now; of a session, after fading
  Time since;
  Time until;                        // kNever: does not end by itself
  Guid by = {};                      // the application that set it; nil for a calendar
  const Session* session = nullptr;  // of kSession; points into the record
  std::uint16_t since_ticks = 0;     // of kOutOfOffice: see OutOfOffice
  std::uint16_t until_ticks = 0;
};

// The first time after `now` at which the state or the out-of-office flag changes by itself; nullopt if they do not.
// Ends of status messages and locations do not count: only the owner may see when a message ends (spec presence §7).
std::optional<Time> next_state_change(const Record& record, Time now,
                                      const Policy& policy = kDocumentedPolicy);

// The result of explain_in_detail(). Points into the record.
struct DetailedExplanation {
  Explanation why;
  std::vector<Input> inputs;       // the live inputs: sessions in order of their keys, then the others
  std::optional<Time> changes_at;  // next_state_change()
  Explanation then;                // explain() at that time; equal to `why` if there is no change
};

// Explains the state at `now`. `why` is the result of explain(), so the two functions cannot disagree.
DetailedExplanation explain_in_detail(const Record& record, Time now,
                                      const Policy& policy = kDocumentedPolicy);

}  // namespace porchlight::presence
