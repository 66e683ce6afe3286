// Time waits for the log ([presence] hold): connects the hold of the view with its watchers and the server's log.
#pragma once

#include "state/view.h"
#include "watch/watch_registry.h"

namespace porchlight::node {

// Enables the hold, before the first write. The watchers must outlive the last one.
void hold_presences(state::View& view, watch::WatchRegistry& watchers);

}  // namespace porchlight::node
