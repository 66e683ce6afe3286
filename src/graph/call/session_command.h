// setPresence as a command: of the route, and of a WebSocket (spec presence §5.6).
#pragma once

#include "graph/call/handlers.h"
#include "graph/wire/action_body.h"

namespace porchlight::graph {

// The caller's application's session as `body` has it. 400 for a sessionId or a pair that is none.
Result<presence::SetSession> session_command(const Services& services, const identity::Caller& caller,
                                             const ActionBody& body);

}  // namespace porchlight::graph
