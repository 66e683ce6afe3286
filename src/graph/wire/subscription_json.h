// A subscription in the JSON form of Graph (spec notifications §2, §3.1).
#pragma once

#include "base/json_writer.h"
#include "notify/subscription.h"

namespace porchlight::graph {

// Adds the members of a subscription to an object. The certificate is always null, as in Graph. `shows_state`:
// whether clientState is written; lists write null.
void append_subscription_members(JsonObject& out, const notify::Subscription& subscription, bool shows_state);

}  // namespace porchlight::graph
