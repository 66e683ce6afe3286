// Annotations with the age of a presence, for callers that send `Prefer: porchlight.freshness` (ours).
#pragma once

#include "graph/call/call.h"

namespace porchlight::graph {

// Appends the annotations, a comma before each. `record` is what the presence was read from. It is null for a masked
// presence and for an unknown user: their annotations are those of a user who is really Offline without any input, or
// unknown, so that they do not reveal the mask.
void append_freshness(std::string& out, const Presence& presence, const presence::Record* record, bool owner,
                      Time now, const presence::Policy& policy);

// Adds Preference-Applied if the caller sent the preference.
void add_preference_applied(const Call& call);

}  // namespace porchlight::graph
