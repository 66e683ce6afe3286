// Annotations with the age of a presence, for callers that send `Prefer: porchlight.freshness`, and with its next
// planned change, for streams (ours).
#pragma once

#include <optional>

#include "graph/call/call.h"
#include "state/hold.h"

namespace porchlight::graph {

// What a presence was read from, and by which span it is held (state/hold.h). The record is null for a masked presence
// and for an unknown user: their annotations are those of a user who is really Offline without any input, or unknown,
// so that they do not reveal the mask.
struct SeenRecord {
  const presence::Record* record = nullptr;
  std::optional<state::HeldSpan> held;
  // The time as of which the presence is seen at `now`.
  Time at(Time now) const { return held ? held->from : now; }
};

// Appends the annotations, a comma before each.
void append_freshness(std::string& out, const Presence& presence, const SeenRecord& seen, bool owner,
                      Time now, const presence::Policy& policy);

// Appends what a stream says of a visible presence besides its members, a comma before each: its next planned change
// (presence::next_planned_change), if there is one, which is not that of append_freshness(), because there a session
// ends that is not renewed; and the time as of which it is seen, if time has changed it since.
void append_stream_annotations(std::string& out, const SeenRecord& seen, Time now,
                               const presence::Policy& policy);

// Adds Preference-Applied if the caller sent the preference.
void add_preference_applied(const Call& call);

}  // namespace porchlight::graph
