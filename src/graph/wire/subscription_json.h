// A subscription as Graph writes it (spec notifications §2, §3.1).
#pragma once

#include <string>

#include "notify/subscription.h"

namespace porchlight::graph {

// `"id":…,"resource":…` and so on, without braces. The certificate is never given back; `shows_state`:
// whether the clientState is, which lists do not.
void append_subscription_members(std::string& out, const notify::Subscription& subscription,
                                 bool shows_state);

}  // namespace porchlight::graph
