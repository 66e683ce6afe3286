// Annotations with the age of a presence, for callers that send `Prefer: porchlight.freshness`, and with its next
// planned change, for streams (ours).
#pragma once

#include "graph/call/call.h"

namespace porchlight::graph {

// Appends the annotations, a comma before each. `record` is what the presence was read from. It is null for a masked
// presence and for an unknown user: their annotations are those of a user who is really Offline without any input, or
// unknown, so that they do not reveal the mask.
void append_freshness(std::string& out, const Presence& presence, const presence::Record* record, bool owner,
                      Time now, const presence::Policy& policy);

// Appends the next planned change of a visible presence (presence::next_planned_change), a comma before; nothing if
// there is no such change. It is not that of append_freshness(): there a session ends that is not renewed.
void append_planned_change(std::string& out, const presence::Record& record, Time now);

// Adds Preference-Applied if the caller sent the preference.
void add_preference_applied(const Call& call);

}  // namespace porchlight::graph
