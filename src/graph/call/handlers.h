// The operations of the API, each defined with operation() of operation.h in the file named beside it, and what they
// share. routes.cc assigns them to routes.
#pragma once

#include <memory_resource>

#include "base/json.h"
#include "base/random.h"
#include "graph/call/call.h"
#include "graph/call/services.h"

namespace porchlight::graph {

// Runs a step of a $batch like a request whose caller is known: the checks begin at spec presence §10, step 3.
class BatchExecutor {
 public:
  // Returns kNow with the response filled, also for an error; or kLater, and the response comes through `deferred`.
  virtual http::HandleResult execute_step(const http::Request& request, const identity::Caller& caller,
                                          RequestInfo info, http::Response& response,
                                          DeferredResponse deferred) = 0;

 protected:
  ~BatchExecutor() = default;
};

// What the operations of one handler share. On the thread of its loop, except the services.
struct HandlerContext {
  const Services& services;
  const ResponseWriter& response_writer;
  Random& random;
  JsonReader& reader;
  BatchExecutor& batch_executor;
  std::pmr::memory_resource& memory;  // for what an operation needs until it returns
};

// The result of an operation. kNow: call.response is filled. kLater: the response comes through call.deferred. An error
// is written in the error envelope.
using Handled = http::HandleResult;

// administration/administer.cc (ours): the command that the route names
extern const RouteOperation administer;

// get_presence.cc (spec presence §5.1-5.3)
extern const RouteOperation get_presence;
// list_presences.cc (§5.4)
extern const RouteOperation list_presences;
extern const RouteOperation count_presences;
// get_presences_by_user_id.cc (§5.5)
extern const RouteOperation get_presences_by_user_id;

// presence_actions.cc (§5.6 to §5.11, §7 to §9)
extern const RouteOperation set_presence;
extern const RouteOperation clear_presence;
extern const RouteOperation set_preferred;
extern const RouteOperation clear_preferred;
extern const RouteOperation set_status_message;
extern const RouteOperation set_manual_location;
extern const RouteOperation set_automatic_location;
extern const RouteOperation set_scheduled_location;
extern const RouteOperation clear_automatic_location;
extern const RouteOperation clear_location;
extern const RouteOperation clear_scheduled_location;
extern const RouteOperation set_out_of_office;
extern const RouteOperation clear_out_of_office;

// work_plan.cc (spec presence §9, "Work plans in Graph")
extern const RouteOperation get_work_setting;
extern const RouteOperation update_work_setting;
extern const RouteOperation list_recurrences;
extern const RouteOperation create_recurrence;
extern const RouteOperation get_recurrence;
extern const RouteOperation update_recurrence;
extern const RouteOperation delete_recurrence;
extern const RouteOperation list_occurrences;
extern const RouteOperation create_occurrence;
extern const RouteOperation get_occurrence;
extern const RouteOperation update_occurrence;
extern const RouteOperation delete_occurrence;
extern const RouteOperation occurrences_view;
extern const RouteOperation set_current_location;

// calendar.cc (ours)
extern const RouteOperation set_calendar;
extern const RouteOperation get_calendar;
extern const RouteOperation clear_calendar;

// visibility.cc (ours)
extern const RouteOperation set_visibility;
extern const RouteOperation get_visibility;

// badge.cc (ours)
extern const RouteOperation get_badge;

// batch.cc (spec protocol §10)
extern const RouteOperation execute_batch;

// delta.cc (ours, in Graph's shape)
extern const RouteOperation presences_delta;

// explain.cc (ours)
extern const RouteOperation explain_presence;

// wait_for.cc (ours)
extern const RouteOperation wait_for;

// subscriptions.cc (spec notifications §3)
extern const RouteOperation create_subscription;
extern const RouteOperation get_subscription;
extern const RouteOperation list_subscriptions;
extern const RouteOperation update_subscription;
extern const RouteOperation delete_subscription;
extern const RouteOperation reauthorize_subscription;
// dead_letters.cc (ours)
extern const RouteOperation list_dead_letters;
extern const RouteOperation replay_dead_letters;
// stream.cc (ours)
extern const RouteOperation open_stream;
extern const RouteOperation issue_stream_ticket;

// documents.cc (spec protocol §9)
extern const RouteOperation get_metadata;
extern const RouteOperation get_service_document;
extern const RouteOperation get_openapi;
extern const RouteOperation get_graph_openapi;
extern const RouteOperation get_discovery;
extern const RouteOperation get_keys;
// list_users.cc, users.cc (spec clients 7)
extern const RouteOperation list_users;
extern const RouteOperation count_users;
extern const RouteOperation get_user;
extern const RouteOperation get_photo;
// groups.cc, members.cc (spec clients 7)
extern const RouteOperation list_groups;
extern const RouteOperation count_groups;
extern const RouteOperation get_group;
extern const RouteOperation list_members;
extern const RouteOperation count_members;
// group_presences.cc (ours)
extern const RouteOperation list_group_presences;

// presence_history.cc (ours)
extern const RouteOperation get_history;

// clock.cc (ours)
extern const RouteOperation advance_clock;

}  // namespace porchlight::graph
