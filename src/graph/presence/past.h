// Reads as of a time gone by: `?asOf=`, and what all that ask for the past have in common (docs/history.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/call/operation.h"
#include "graph/wire/presence_json.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Intervals of somebody's past in one answer; the next one goes on where it ends.
inline constexpr std::size_t kIntervalsMax = 1000;

// The value of a parameter that is a time not after now (RFC 3339); nothing where it is not given. 400 for
// anything else.
Result<std::optional<Time>> parse_past_time(const Call& call, std::string_view parameter);

// Whether the caller may ask for the past at all, beside what the route asks of them: the permission, and
// that it is kept and shown for their tenant.
Result<void> authorize_past(const HandlerContext& context, const Call& call);

// The rule of operations that may be asked for the past: the row's access, and with `as_of` the right to the
// past as well.
Result<void> authorize_as_of(const HandlerContext& context, const Call& call, const std::optional<Guid>& user,
                             const std::optional<Time>& as_of);

// Somebody whose past is asked for, as far as the caller may see them now.
struct PastPerson {
  state::UserKey key;
  RenderOptions options;
  std::optional<Presence> masked;  // what shows of all their past to one who may not see them now
};

// The person with this id; nothing where they are not there, or of a tenant that does not show its past.
std::optional<PastPerson> find_past_person(const HandlerContext& context, const Call& call, const Guid& id,
                                           PropertySet select = kPropertiesAll);

// What shows of them instead of `record`, which was theirs once: nobody learns later what they might not see
// then, nor anything of whom they may not see now. Nothing where the record shows.
std::optional<Presence> past_mask(const Services& services, const identity::Caller& caller,
                                  const PastPerson& person, const presence::Record& record);

// Appends the members of their presence at `at`, when `record` was theirs, as far as the caller may see it;
// of PresenceUnknown where they were not there.
void append_past_members(std::string& out, const Services& services, const identity::Caller& caller,
                         const PastPerson& person, const std::optional<presence::Record>& record, Time at);

// Asks for the people's records as they were at `at`, and has `write` fill the answer's body from them, in
// their order, on the loop's thread.
using PastRecords = history::History::Records;
using WritePastBody = std::move_only_function<Result<void>(std::string& body, const PastRecords&)>;
Handled read_past(HandlerContext& context, const Call& call, const std::vector<PastPerson>& people, Time at,
                  WritePastBody write);

// Answers with JSON that `write` makes of what the history said. Called on any thread.
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
