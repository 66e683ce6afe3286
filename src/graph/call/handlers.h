// What each route does, once the caller and the route are known: translate, ask the core, translate back.
// One function per operation, in a file of its own or with its likes; routes.cc says which route runs which.
#pragma once

#include "base/json.h"
#include "base/random.h"
#include "graph/call/call.h"
#include "graph/call/services.h"

namespace porchlight::graph {

// The rest of a request's walk once its caller is known, for the steps of a $batch. An error is answered too.
class BatchExecutor {
 public:
  virtual http::HandleResult execute_step(const http::Request& request, const identity::Caller& caller,
                                          RequestInfo info, http::Response& response,
                                          DeferredResponse deferred) = 0;

 protected:
  ~BatchExecutor() = default;
};

// What the handlers of one service share; its loop's alone.
struct HandlerContext {
  const Services& services;
  const ResponseWriter& response_writer;
  Random& random;
  JsonReader& reader;
  BatchExecutor& batch_executor;
};

// kNow: the call's response is filled. kLater: the answer comes through call.deferred. An error is for the
// envelope.
using Handled = http::HandleResult;

// get_presence.cc (spec presence §5.1-5.3)
Result<Handled> get_presence(HandlerContext& context, const Call& call);
// list_presences.cc (§5.4)
Result<Handled> list_presences(HandlerContext& context, const Call& call);
Result<Handled> count_presences(HandlerContext& context, const Call& call);
// get_presences_by_user_id.cc (§5.5)
Result<Handled> get_presences_by_user_id(HandlerContext& context, const Call& call);

// session_actions.cc (§5.6, §5.7)
Result<Handled> set_presence(HandlerContext& context, const Call& call);
Result<Handled> clear_presence(HandlerContext& context, const Call& call);
// preferred_actions.cc (§5.8, §5.9)
Result<Handled> set_preferred(HandlerContext& context, const Call& call);
Result<Handled> clear_preferred(HandlerContext& context, const Call& call);
// message_action.cc (§5.10, §7)
Result<Handled> set_status_message(HandlerContext& context, const Call& call);
// location_actions.cc (§5.11, §9)
Result<Handled> set_manual_location(HandlerContext& context, const Call& call);
Result<Handled> set_automatic_location(HandlerContext& context, const Call& call);
Result<Handled> set_scheduled_location(HandlerContext& context, const Call& call);
Result<Handled> clear_automatic_location(HandlerContext& context, const Call& call);
Result<Handled> clear_location(HandlerContext& context, const Call& call);
Result<Handled> clear_scheduled_location(HandlerContext& context, const Call& call);
// out_of_office.cc (§8)
Result<Handled> set_out_of_office(HandlerContext& context, const Call& call);
Result<Handled> clear_out_of_office(HandlerContext& context, const Call& call);

// calendar.cc
Result<Handled> set_calendar(HandlerContext& context, const Call& call);
Result<Handled> get_calendar(HandlerContext& context, const Call& call);
Result<Handled> clear_calendar(HandlerContext& context, const Call& call);

// visibility.cc (ours)
Result<Handled> set_visibility(HandlerContext& context, const Call& call);
Result<Handled> get_visibility(HandlerContext& context, const Call& call);

// batch.cc (spec protocol §10)
Result<Handled> run_batch(HandlerContext& context, const Call& call);

// delta.cc (ours, in Graph's shape)
Result<Handled> presences_delta(HandlerContext& context, const Call& call);

// explain.cc (ours)
Result<Handled> explain_presence(HandlerContext& context, const Call& call);

// wait_for.cc
Result<Handled> wait_for(HandlerContext& context, const Call& call);

// subscriptions.cc (spec notifications §3)
Result<Handled> create_subscription(HandlerContext& context, const Call& call);
Result<Handled> get_subscription(HandlerContext& context, const Call& call);
Result<Handled> list_subscriptions(HandlerContext& context, const Call& call);
Result<Handled> update_subscription(HandlerContext& context, const Call& call);
Result<Handled> delete_subscription(HandlerContext& context, const Call& call);
Result<Handled> reauthorize_subscription(HandlerContext& context, const Call& call);
// dead_letters.cc (ours)
Result<Handled> list_dead_letters(HandlerContext& context, const Call& call);
Result<Handled> replay_dead_letters(HandlerContext& context, const Call& call);
// stream.cc (ours)
Result<Handled> open_stream(HandlerContext& context, const Call& call);
Result<Handled> issue_stream_ticket(HandlerContext& context, const Call& call);

// metadata.cc (spec protocol §9)
Result<Handled> metadata(HandlerContext& context, const Call& call);
Result<Handled> service_document(HandlerContext& context, const Call& call);
// list_users.cc, users.cc (spec clients 7)
Result<Handled> list_users(HandlerContext& context, const Call& call);
Result<Handled> get_user(HandlerContext& context, const Call& call);
Result<Handled> get_photo(HandlerContext& context, const Call& call);
// groups.cc
Result<Handled> list_groups(HandlerContext& context, const Call& call);
Result<Handled> get_group(HandlerContext& context, const Call& call);
Result<Handled> list_members(HandlerContext& context, const Call& call);
// group_presences.cc
Result<Handled> list_group_presences(HandlerContext& context, const Call& call);

// presence_history.cc (ours)
Result<Handled> get_history(HandlerContext& context, const Call& call);

// clock.cc
Result<Handled> advance_clock(HandlerContext& context, const Call& call);
// well_known.cc
Result<Handled> discovery(HandlerContext& context, const Call& call);
Result<Handled> keys(HandlerContext& context, const Call& call);
// openapi.cc (ours)
Result<Handled> open_api(HandlerContext& context, const Call& call);

}  // namespace porchlight::graph
