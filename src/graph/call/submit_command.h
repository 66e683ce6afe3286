// Writes to a user's presence: what all of them share, and setPresence as a command, which a WebSocket's
// messages need as well as the route (spec presence §5.6).
#pragma once

#include "graph/call/handlers.h"
#include "graph/wire/action_body.h"
#include "state/user_key.h"

namespace porchlight::graph {

// The pair that a caller requested; an error message quotes it.
struct RequestedPair {
  std::string availability;
  std::string activity;
  bool preferred = false;
};

// The error of a write that was refused or failed. `outcome` has no position; `user`: whose presence it was.
Error outcome_error(const state::Outcome& outcome, const RequestedPair& pair, const Guid& user);

// The response to a command that was accepted. JSON; without a body and its headers if it is empty.
struct AcceptedResponse {
  int status = 200;
  std::string body = {};
};

// Submits the command for the user. Answers later: with `accepted` once the command is durable, else with the error of
// its outcome, which quotes `pair` (spec presence §10, step 10).
Handled submit_command(HandlerContext& context, const Call& call, const state::UserKey& key,
                       const presence::Command& command, RequestedPair pair = {},
                       AcceptedResponse accepted = {});

// The session of the caller's application that a sessionId names. 400 for one that is too long or has control
// characters.
Result<presence::SessionKey> session_key(const identity::Caller& caller, std::string_view session_id);

// The caller's application's session as `body` describes it. 400 for a wrong sessionId or an unknown pair.
Result<presence::SetSession> session_command(const Services& services, const identity::Caller& caller,
                                             const ActionBody& body);

// Rounds to milliseconds, the unit of the core, so that a value outside a range stays outside: down below `low`,
// up from there on.
std::optional<Duration> round_to_ms(std::optional<std::chrono::nanoseconds> duration, Duration low);

}  // namespace porchlight::graph
