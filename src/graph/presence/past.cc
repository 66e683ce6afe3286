// The visibility is applied twice: as it is now, when the read begins, and as it was in each record of the past.
// Either may mask the presence.
#include "graph/presence/past.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/call/visible_presence.h"
#include "graph/wire/characters.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

// A tenant may turn off reads of its past.
bool shows_past(const HandlerContext& context, const Guid& tenant) {
  const auto found = context.services.view.find_tenant(tenant);
  return found && found->settings.history;
}

}  // namespace

Result<std::optional<Time>> parse_past_time(const Call& call, std::string_view parameter) {
  if (call.request.query.empty()) return std::nullopt;
  const auto text = find_parameter(call.request.query, parameter);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const auto time = parse_date_time(**text);
  if (!time) {
    return std::unexpected(invalid_query(
        parameter, fmt::format("The value '{}' of {} is not a time such as 2030-01-31T08:00:00Z.",
                               truncated(**text), parameter)));
  }
  if (*time > call.info.now)
    return std::unexpected(
        invalid_query(parameter, fmt::format("The time of {} is in the future.", parameter)));
  return time;
}

Result<void> authorize_past(const HandlerContext& context, const Call& call) {
  using identity::Permission;
  const identity::Caller& caller = *call.caller;
  if (!caller.has(caller.delegated() ? Permission::kDelegatedHistory : Permission::kAppHistory)) {
    const auto named = static_cast<identity::Permissions>(Permission::kAppHistory);
    return std::unexpected(permission_missing(permission_names(named), caller.granted));
  }
  if (context.services.history == nullptr || !shows_past(context, caller.tenant))
    return std::unexpected(history_disabled());
  return {};
}

Result<void> authorize_as_of(const HandlerContext& context, const Call& call, const std::optional<Guid>& user,
                             const std::optional<Time>& as_of) {
  if (auto allowed = authorize(call, user); !allowed) return allowed;
  if (as_of) return authorize_past(context, call);
  return {};
}

std::optional<PastPerson> find_past_person(const HandlerContext& context, const Call& call, const Guid& id,
                                           PropertySet select) {
  const identity::Caller& caller = *call.caller;
  // The current visibility applies to all of the past.
  const auto key = find_person(context.services, caller, id);
  const auto now = key ? context.services.view.copy(*key) : std::nullopt;
  if (!now || (key->tenant != caller.tenant && !shows_past(context, key->tenant))) return std::nullopt;
  PastPerson person{*key, {.owner = is_owner(caller, *key), .select = select}, {}};
  if (!may_see(context.services, caller, *key, now->record))
    person.masked = masked_presence(id, *now->record.extras);
  return person;
}

std::optional<Presence> past_mask(const Services& services, const identity::Caller& caller,
                                  const PastPerson& person, const presence::Record& record) {
  const bool is_restricted = record.extras && record.extras->visibility;
  if (person.masked) {
    // A number later than the time of the read would tell that there is a mask.
    Presence masked = *person.masked;
    masked.sequence = is_restricted ? record.extras->visibility_sequence : 0;
    return masked;
  }
  if (may_see(services, caller, person.key, record)) return std::nullopt;
  return masked_presence(person.key.user, *record.extras);
}

void append_past_members(std::string& out, const Services& services, const identity::Caller& caller,
                         const PastPerson& person, const std::optional<presence::Record>& record, Time at) {
  const auto seen = [&] {
    if (!record) return minimal_presence(person.key.user, presence::kPresenceUnknown);
    const auto masked = past_mask(services, caller, person, *record);
    return masked ? *masked : presence_of(person.key.user, *record, at, services.settings.policy);
  };
  append_presence_members(out, seen(), person.options);
}

Handled read_past(HandlerContext& context, const Call& call, const std::vector<PastPerson>& people, Time at,
                  WritePastBody write) {
  std::vector<state::UserKey> keys;
  keys.reserve(people.size());
  for (const PastPerson& person : people) keys.push_back(person.key);
  context.services.history->records_at(
      std::move(keys), at,
      [&response_writer = context.response_writer, deferred = call.deferred, info = call.info,
       write = std::move(write)](std::expected<PastRecords, history::QueryError> result) mutable {
        answer_from_history(deferred, response_writer, std::move(info), std::move(result), std::move(write));
      });
  return Handled::kLater;
}

}  // namespace porchlight::graph
