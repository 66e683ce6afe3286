// Reads as of a time gone by: `?asOf=`, and what all that ask for the past have in common (docs/history.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/handlers.h"
#include "graph/presence_json.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Intervals of somebody's past in one answer; the next one goes on where it ends.
inline constexpr std::size_t kIntervalsMax = 1000;

// The value of a parameter that is a time not after now (RFC 3339); nothing where it is not given. 400 for
// anything else.
Result<std::optional<Time>> read_past_time(const Call& call, std::string_view parameter);

// Whether the caller may ask for the past at all, beside what the route asks of them: the permission, and
// that it is kept and shown for their tenant.
Result<void> authorize_past(const Tools& tools, const Call& call);

// Somebody whose past is asked for, as far as the caller may see them now.
struct PastSubject {
  state::UserKey key;
  Shape shape;
  std::optional<Presence> facade;  // what shows of all their past to one who may not see them now
};

// The person with this id; nothing where they are not there, or of a tenant that does not show its past.
std::optional<PastSubject> past_subject(const Tools& tools, const Call& call, const Guid& id,
                                        Properties select = kPropertiesAll);

// What shows of them instead of `record`, which was theirs once: nobody learns later what they might not see
// then, nor anything of whom they may not see now. Nothing where the record shows.
std::optional<Presence> past_facade(const Shared& shared, const identity::Caller& caller,
                                    const PastSubject& person, const presence::Record& record);

// Appends the members of their presence at `at`, when `record` was theirs, as far as the caller may see it;
// of PresenceUnknown where they were not there.
void append_past_members(std::string& out, const Shared& shared, const identity::Caller& caller,
                         const PastSubject& person, const std::optional<presence::Record>& record, Time at);

// Asks for the people's records as they were at `at`, and has `write` fill the answer's body from them, in
// their order, on the loop's thread.
using PastRecords = history::History::Records;
using WritePast = std::move_only_function<Result<void>(std::string& body, const PastRecords&)>;
Handled read_past(Tools& tools, const Call& call, const std::vector<PastSubject>& people, Time at,
                  WritePast write);

// Answers with JSON that `write` makes of what the history said. Called on any thread.
template <typename T, typename Write>
void answer_past(const Later& later, const Replies& replies, Ticket ticket,
                 std::expected<T, history::Fault> told, Write write) {
  later.answer([&replies, ticket = std::move(ticket), told = std::move(told),
                write = std::move(write)](http::Response& response) mutable {
    response.authenticated = true;
    Result<void> done;
    if (told)
      done = write(response.body, *told);
    else
      done = std::unexpected(past_refused(told.error()));
    if (done) return replies.json(response, ticket);
    replies.fail(response, ticket, done.error(), nullptr);
  });
}

}  // namespace porchlight::graph
