// What a presence says of its own age, to callers who ask for it: Prefer: porchlight.freshness (ours).
#pragma once

#include "graph/call/call.h"

namespace porchlight::graph {

// Appends the annotations, a comma before each. `record`: what the presence was read from; null for a facade
// and for nobody, who tell nothing but the time: like somebody Offline of whom nothing lives, or somebody
// unknown.
void append_freshness(std::string& out, const Presence& presence, const presence::Record* record, bool owner,
                      Time now, const presence::Policy& policy);

// Preference-Applied, where the caller prefers it.
void add_preference_applied(const Call& call);

}  // namespace porchlight::graph
