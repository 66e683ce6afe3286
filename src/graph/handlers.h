// What each route does, once the caller and the route are known: translate, ask the core, translate back.
// One function per operation, in a file of its own or with its likes; routes.cc says which route runs which.
#pragma once

#include "base/json.h"
#include "base/random.h"
#include "graph/call.h"
#include "graph/shared.h"

namespace porchlight::graph {

// The rest of a request's walk once its caller is known, for the steps of a $batch. An error is answered too.
class Steps {
 public:
  virtual http::Handled serve(const http::Request& request, const identity::Caller& caller, Ticket ticket,
                              http::Response& response, Later later) = 0;

 protected:
  ~Steps() = default;
};

// What the handlers of one service share; its loop's alone.
struct Tools {
  const Shared& shared;
  const Replies& replies;
  Random& random;
  JsonReader& reader;
  Steps& steps;
};

// kNow: the call's response is filled. kLater: the answer comes through call.later. An error is for the
// envelope.
using Handled = http::Handled;

// get_presence.cc (spec presence §5.1-5.3)
Result<Handled> get_presence(Tools& tools, const Call& call);
// list_presences.cc (§5.4)
Result<Handled> list_presences(Tools& tools, const Call& call);
Result<Handled> count_presences(Tools& tools, const Call& call);
// get_presences_by_user_id.cc (§5.5)
Result<Handled> get_presences_by_user_id(Tools& tools, const Call& call);

// session_actions.cc (§5.6, §5.7)
Result<Handled> set_presence(Tools& tools, const Call& call);
Result<Handled> clear_presence(Tools& tools, const Call& call);
// preferred_actions.cc (§5.8, §5.9)
Result<Handled> set_preferred(Tools& tools, const Call& call);
Result<Handled> clear_preferred(Tools& tools, const Call& call);
// message_action.cc (§5.10, §7)
Result<Handled> set_status_message(Tools& tools, const Call& call);
// location_actions.cc (§5.11, §9)
Result<Handled> set_manual_location(Tools& tools, const Call& call);
Result<Handled> set_automatic_location(Tools& tools, const Call& call);
Result<Handled> set_scheduled_location(Tools& tools, const Call& call);
Result<Handled> clear_automatic_location(Tools& tools, const Call& call);
Result<Handled> clear_location(Tools& tools, const Call& call);
Result<Handled> clear_scheduled_location(Tools& tools, const Call& call);
// out_of_office.cc (§8)
Result<Handled> set_out_of_office(Tools& tools, const Call& call);
Result<Handled> clear_out_of_office(Tools& tools, const Call& call);

// calendar.cc
Result<Handled> set_calendar(Tools& tools, const Call& call);
Result<Handled> get_calendar(Tools& tools, const Call& call);
Result<Handled> clear_calendar(Tools& tools, const Call& call);

// visibility.cc (ours)
Result<Handled> set_visibility(Tools& tools, const Call& call);
Result<Handled> get_visibility(Tools& tools, const Call& call);

// batch.cc (spec protocol §10)
Result<Handled> run_batch(Tools& tools, const Call& call);

// delta.cc (ours, in Graph's shape)
Result<Handled> presences_delta(Tools& tools, const Call& call);

// explain.cc (ours)
Result<Handled> explain_presence(Tools& tools, const Call& call);

// wait_for.cc
Result<Handled> wait_for(Tools& tools, const Call& call);

// subscriptions.cc (spec notifications §3)
Result<Handled> create_subscription(Tools& tools, const Call& call);
Result<Handled> get_subscription(Tools& tools, const Call& call);
Result<Handled> list_subscriptions(Tools& tools, const Call& call);
Result<Handled> update_subscription(Tools& tools, const Call& call);
Result<Handled> delete_subscription(Tools& tools, const Call& call);
Result<Handled> reauthorize_subscription(Tools& tools, const Call& call);
// dead_letters.cc (ours)
Result<Handled> list_dead_letters(Tools& tools, const Call& call);
Result<Handled> replay_dead_letters(Tools& tools, const Call& call);
// stream.cc (ours)
Result<Handled> open_stream(Tools& tools, const Call& call);
Result<Handled> issue_stream_ticket(Tools& tools, const Call& call);

// metadata.cc (spec protocol §9)
Result<Handled> metadata(Tools& tools, const Call& call);
Result<Handled> service_document(Tools& tools, const Call& call);
// list_users.cc, get_user.cc, photo.cc (spec clients 7)
Result<Handled> list_users(Tools& tools, const Call& call);
Result<Handled> get_user(Tools& tools, const Call& call);
Result<Handled> get_photo(Tools& tools, const Call& call);
// groups.cc
Result<Handled> list_groups(Tools& tools, const Call& call);
Result<Handled> get_group(Tools& tools, const Call& call);
Result<Handled> list_members(Tools& tools, const Call& call);
// group_presences.cc
Result<Handled> list_group_presences(Tools& tools, const Call& call);

// presence_history.cc (ours)
Result<Handled> get_history(Tools& tools, const Call& call);

// clock.cc
Result<Handled> advance_clock(Tools& tools, const Call& call);
// well_known.cc
Result<Handled> discovery(Tools& tools, const Call& call);
Result<Handled> keys(Tools& tools, const Call& call);
// openapi.cc (ours)
Result<Handled> open_api(Tools& tools, const Call& call);

}  // namespace porchlight::graph
