// Why a presence is what it is, in JSON (ours).
#pragma once

#include "base/json_writer.h"
#include "graph/call/visible_presence.h"

namespace porchlight::graph {

// Adds the explanation of the user with this record, as the caller may see it at `now`; that of a masked presence if
// the caller may not see the user.
void append_explanation(JsonObject& out, const Services& services, const identity::Caller& caller,
                        const state::UserKey& key, const presence::Record& record, Time now);

}  // namespace porchlight::graph
