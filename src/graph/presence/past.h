// Reads of the past: `?asOf=`, and what all operations on the past share (docs/history.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/call/operation.h"
#include "graph/wire/presence_json.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Intervals on one page of a user's history.
inline constexpr std::size_t kIntervalsMax = 1000;

// The value of a parameter that is a time (RFC 3339) not after now; nullopt if it is absent. 400 for anything else.
Result<std::optional<Time>> parse_past_time(const Call& call, std::string_view parameter);

// Checks the permission for the past, in addition to that of the route, and that the server keeps a history and the
// caller's tenant shows it.
Result<void> authorize_past(const HandlerContext& context, const Call& call);

// The permission rule of operations with `?asOf=`: the row's access, and with `as_of` also authorize_past().
Result<void> authorize_as_of(const HandlerContext& context, const Call& call, const std::optional<Guid>& user,
                             const std::optional<Time>& as_of);

// A user whose past is read, and how the caller sees them now.
struct PastPerson {
  state::UserKey key;
  RenderOptions options;
  std::optional<Presence> masked;  // set if the caller may not see them now: replaces all of the past
};

// Finds the user with this id. Returns nullopt if they do not exist, or if their tenant, being another one, does not
// show its past.
std::optional<PastPerson> find_past_person(const HandlerContext& context, const Call& call, const Guid& id,
                                           PropertySet select = kPropertiesAll);

// The presence that replaces that of a past record, because the caller might not see it then or may not see the user
// now. Returns nullopt if the caller may see the record.
std::optional<Presence> past_mask(const Services& services, const identity::Caller& caller,
                                  const PastPerson& person, const presence::Record& record);

// Appends the members of the presence at `at`, computed from the user's record of that time, as the caller sees it;
// PresenceUnknown without a record.
void append_past_members(std::string& out, const Services& services, const identity::Caller& caller,
                         const PastPerson& person, const std::optional<presence::Record>& record, Time at);

// Reads the users' records as they were at `at`, in this order, and answers with the body that `write` makes of them
// on the loop's thread.
using PastRecords = history::History::Records;
using WritePastBody = std::move_only_function<Result<void>(std::string& body, const PastRecords&)>;
Handled read_past(HandlerContext& context, const Call& call, const std::vector<PastPerson>& people, Time at,
                  WritePastBody write);

// Answers with the JSON that `write` makes of the history's result, or with the error. Any thread.
template <typename T, typename Write>
void answer_from_history(const DeferredResponse& deferred, const ResponseWriter& response_writer,
                         RequestInfo info, std::expected<T, history::QueryError> result, Write write) {
  deferred.answer([&response_writer, info = std::move(info), result = std::move(result),
                   write = std::move(write)](http::Response& response) mutable {
    response.authenticated = true;
    Result<void> done;
    if (result)
      done = write(response.body, *result);
    else
      done = std::unexpected(history_read_failed(result.error()));
    if (done) return response_writer.json(response, info);
    response_writer.fail(response, info, done.error(), nullptr);
  });
}

}  // namespace porchlight::graph
