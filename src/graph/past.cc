#include "graph/past.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "graph/characters.h"
#include "graph/query.h"
#include "graph/sight.h"

namespace porchlight::graph {
namespace {

bool shows_past(const Tools& tools, const Guid& tenant) {
  const auto found = tools.shared.view.find_tenant(tenant);
  return found && found->settings.history;
}

}  // namespace

Result<std::optional<Time>> read_past_time(const Call& call, std::string_view parameter) {
  if (call.request.query.empty()) return std::nullopt;
  const auto text = read_parameter(call.request.query, parameter);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  const auto time = parse_date_time(**text);
  if (!time) {
    return std::unexpected(query_refused(
        parameter, fmt::format("The value '{}' of {} is not a time such as 2030-01-31T08:00:00Z.",
                               clipped(**text), parameter)));
  }
  if (*time > call.ticket.now)
    return std::unexpected(query_refused(parameter, fmt::format("The time of {} lies ahead.", parameter)));
  return time;
}

Result<void> authorize_past(const Tools& tools, const Call& call) {
  using identity::Permission;
  const identity::Caller& caller = *call.caller;
  if (!caller.has(caller.delegated() ? Permission::kDelegatedHistory : Permission::kAppHistory)) {
    const auto named = static_cast<identity::Permissions>(Permission::kAppHistory);
    return std::unexpected(permission_missing(permission_names(named), caller.granted));
  }
  if (tools.shared.history == nullptr || !shows_past(tools, caller.tenant))
    return std::unexpected(past_switched_off());
  return {};
}

std::optional<PastSubject> past_subject(const Tools& tools, const Call& call, const Guid& id,
                                        Properties select) {
  const identity::Caller& caller = *call.caller;
  const auto key = find_person(tools.shared, caller, id);
  const auto now = key ? tools.shared.view.copy(*key) : std::nullopt;
  if (!now || (key->tenant != caller.tenant && !shows_past(tools, key->tenant))) return std::nullopt;
  PastSubject subject{*key, {.owner = is_owner(caller, *key), .select = select}, {}};
  if (!may_see(tools.shared, caller, *key, now->record)) subject.facade = facade_of(id, *now->record.extras);
  return subject;
}

std::optional<Presence> past_facade(const Shared& shared, const identity::Caller& caller,
                                    const PastSubject& person, const presence::Record& record) {
  if (person.facade || may_see(shared, caller, person.key, record)) return person.facade;
  return facade_of(person.key.user, *record.extras);
}

void append_past_members(std::string& out, const Shared& shared, const identity::Caller& caller,
                         const PastSubject& person, const std::optional<presence::Record>& record, Time at) {
  const auto seen = [&] {
    if (!record) return person.facade.value_or(bare_presence(person.key.user, presence::kPresenceUnknown));
    const auto facade = past_facade(shared, caller, person, *record);
    return facade ? *facade : presence_of(person.key.user, *record, at, shared.settings.policy);
  };
  append_presence_members(out, seen(), person.shape);
}

Handled read_past(Tools& tools, const Call& call, const std::vector<PastSubject>& people, Time at,
                  WritePast write) {
  std::vector<state::UserKey> keys;
  keys.reserve(people.size());
  for (const PastSubject& person : people) keys.push_back(person.key);
  tools.shared.history->records_at(
      std::move(keys), at,
      [&replies = tools.replies, later = call.later, ticket = call.ticket,
       write = std::move(write)](std::expected<PastRecords, history::Fault> told) mutable {
        answer_past(later, replies, std::move(ticket), std::move(told), std::move(write));
      });
  return Handled::kLater;
}

}  // namespace porchlight::graph
