#include "graph/sight.h"

#include <algorithm>

namespace porchlight::graph {
namespace {

bool is_guarded(const presence::Record& record) { return record.extras && record.extras->audience; }

bool exists(const state::View& view, const state::UserKey& key) {
  return view.read(key, [](const presence::Record&) {});
}

bool trusts(const directory::Tenant& tenant, const Guid& other) {
  return std::ranges::find(tenant.settings.trusts, other) != tenant.settings.trusts.end();
}

}  // namespace

std::optional<state::UserKey> find_person(const Tools& tools, const identity::Caller& caller,
                                          const Guid& id) {
  const state::View& view = tools.shared.view;
  if (exists(view, {caller.tenant, id})) return state::UserKey{caller.tenant, id};
  const auto ours = view.find_tenant(caller.tenant);
  if (!ours) return std::nullopt;
  for (const Guid& other : ours->settings.trusts) {
    const auto theirs = view.find_tenant(other);
    if (theirs && trusts(*theirs, caller.tenant) && exists(view, {other, id}))
      return state::UserKey{other, id};
  }
  return std::nullopt;
}

Presence facade_of(const Guid& id, const presence::Extras& extras) {
  const bool hidden = extras.audience->facade == presence::Facade::kHidden;
  return bare_presence(id, hidden ? presence::kPresenceUnknown : presence::kOffline, extras.audience_stamp);
}

bool may_see(const Tools& tools, const identity::Caller& caller, const state::UserKey& key,
             const presence::Record& record) {
  if (!is_guarded(record)) return true;
  const presence::Audience& audience = *record.extras->audience;
  std::vector<Guid> groups;
  if (caller.user && caller.tenant == key.tenant)
    groups = tools.shared.view.groups_with(key.tenant, *caller.user, audience.groups);
  return presence::may_see(audience, key.user, {.app = caller.app, .user = caller.user, .groups = groups});
}

bool append_presence(const Tools& tools, const Call& call, const state::UserKey& key, Properties select,
                     std::string& out) {
  const identity::Caller& caller = *call.caller;
  const Shape shape{.owner = caller.user == key.user && caller.tenant == key.tenant, .select = select};
  const presence::Policy& policy = tools.shared.settings.policy;
  // Whether somebody guarded may be seen is a question to the directory: not to be asked under their lock.
  std::optional<presence::Record> guarded;
  const bool known = tools.shared.view.read(key, [&](const presence::Record& record) {
    if (is_guarded(record))
      guarded = record;
    else
      append_presence_members(out, presence_of(key.user, record, call.ticket.now, policy), shape);
  });
  if (!guarded) return known;
  const Presence seen = may_see(tools, caller, key, *guarded)
                            ? presence_of(key.user, *guarded, call.ticket.now, policy)
                            : facade_of(key.user, *guarded->extras);
  append_presence_members(out, seen, shape);
  return true;
}

void append_people(const Tools& tools, const Call& call, const std::vector<Guid>& ids, Properties select,
                   std::string& out) {
  bool first = true;
  for (const Guid& id : ids) {
    if (!first) out += ',';
    first = false;
    out += '{';
    if (!append_presence(tools, call, {call.caller->tenant, id}, select, out)) {
      const auto elsewhere = find_person(tools, *call.caller, id);
      if (!elsewhere || !append_presence(tools, call, *elsewhere, select, out))
        append_presence_members(out, bare_presence(id, presence::kPresenceUnknown), {.select = select});
    }
    out += '}';
  }
}

}  // namespace porchlight::graph
