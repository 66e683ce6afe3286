#include "graph/sight.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/freshness.h"
#include "graph/links.h"
#include "presence/rules.h"

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

std::optional<state::UserKey> find_person(const Shared& shared, const identity::Caller& caller,
                                          const Guid& id) {
  const state::View& view = shared.view;
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

bool is_owner(const identity::Caller& caller, const state::UserKey& key) {
  return caller.user == key.user && caller.tenant == key.tenant;
}

Presence facade_of(const Guid& id, const presence::Extras& extras) {
  const bool hidden = extras.audience->facade == presence::Facade::kHidden;
  return bare_presence(id, hidden ? presence::kPresenceUnknown : presence::kOffline, extras.audience_stamp);
}

bool may_see(const Shared& shared, const identity::Caller& caller, const state::UserKey& key,
             const presence::Record& record) {
  if (!is_guarded(record)) return true;
  const presence::Audience& audience = *record.extras->audience;
  std::vector<Guid> groups;
  if (caller.user && caller.tenant == key.tenant)
    groups = shared.view.groups_with(key.tenant, *caller.user, audience.groups);
  return presence::may_see(audience, key.user, {.app = caller.app, .user = caller.user, .groups = groups});
}

namespace {

// The members of a presence, with its freshness where the caller asks for it.
void append_members(const Shared& shared, const Call& call, const Presence& presence,
                    const presence::Record* record, const Shape& shape, std::string& out) {
  append_presence_members(out, presence, shape);
  if (call.fields.prefers_freshness) [[unlikely]]
    append_freshness(out, presence, record, shape.owner, call.ticket.now, shared.settings.policy);
}

// Shows `use` the presence as the caller may see it at `now`, and the record; null behind a facade. False,
// without a call, where there is no such person.
template <typename Use>
bool look(const Shared& shared, const identity::Caller& caller, const state::UserKey& key, Time now,
          Use&& use) {
  const presence::Policy& policy = shared.settings.policy;
  // Whether somebody guarded may be seen is a question to the directory: not to be asked under their lock.
  std::optional<presence::Record> guarded;
  const bool known = shared.view.read(key, [&](const presence::Record& record) {
    if (is_guarded(record))
      guarded = record;
    else
      use(presence_of(key.user, record, now, policy), &record);
  });
  if (!guarded) return known;
  if (may_see(shared, caller, key, *guarded))
    use(presence_of(key.user, *guarded, now, policy), &*guarded);
  else
    use(facade_of(key.user, *guarded->extras), nullptr);
  return true;
}

}  // namespace

notify::Seen presence_seen(const Shared& shared, const identity::Caller& caller, const Guid& id, Time now) {
  notify::Seen seen{presence::kPresenceUnknown, 0};
  const auto take = [&](const Presence& presence, const presence::Record*) {
    seen = {presence.seen.state, presence.sequence};
  };
  if (look(shared, caller, {caller.tenant, id}, now, take)) return seen;
  if (const auto elsewhere = find_person(shared, caller, id)) look(shared, caller, *elsewhere, now, take);
  return seen;
}

presence::State state_seen(const Shared& shared, const identity::Caller& caller, const Guid& id, Time now) {
  return presence_seen(shared, caller, id, now).state;
}

void append_seen(const Shared& shared, const identity::Caller& caller, const Guid& id, Time now,
                 std::string& out) {
  const auto append_at = [&](const state::UserKey& key) {
    return look(shared, caller, key, now, [&](const Presence& presence, const presence::Record*) {
      append_presence_members(out, presence, {});
    });
  };
  if (append_at({caller.tenant, id})) return;
  const auto elsewhere = find_person(shared, caller, id);
  if (!elsewhere || !append_at(*elsewhere))
    append_presence_members(out, bare_presence(id, presence::kPresenceUnknown), {});
}

bool append_presence(const Tools& tools, const Call& call, const state::UserKey& key, const Shape& shape,
                     std::string& out) {
  return look(tools.shared, *call.caller, key, call.ticket.now,
              [&](const Presence& presence, const presence::Record* record) {
                append_members(tools.shared, call, presence, record, shape, out);
              });
}

void append_item_links(const Tools& tools, const Call& call, const Guid& id, std::string& out) {
  if (call.ticket.metadata != Metadata::kFull) return;
  append_entity_links(tools, call, out, kPresenceType,
                      fmt::format("communications/presences('{}')", to_string(id)));
}

bool append_item(const Tools& tools, const Call& call, const Guid& id, const Showing& showing,
                 std::string& out) {
  const identity::Caller& caller = *call.caller;
  bool appended = false;
  const auto append = [&](const Presence& presence, const presence::Record* record) {
    if ((showing.states & bit_of(presence.seen.state)) == 0) return;
    if (out.back() != '[') out += ',';
    out += '{';
    append_item_links(tools, call, id, out);
    append_members(tools.shared, call, presence, record, {.select = showing.select}, out);
    out += '}';
    appended = true;
  };
  const auto append_at = [&](const state::UserKey& key) {
    return look(tools.shared, caller, key, call.ticket.now, append);
  };
  if (append_at({caller.tenant, id})) return appended;
  const auto elsewhere = find_person(tools.shared, caller, id);
  if (!elsewhere || !append_at(*elsewhere)) append(bare_presence(id, presence::kPresenceUnknown), nullptr);
  return appended;
}

namespace {

// What somebody looks like of whom there is nothing but sessions to know: nearly everybody.
struct Glance {
  bool suffices = false;
  presence::State state = presence::kPresenceUnknown;
  std::uint64_t sequence = 0;
};

std::vector<Glance> glance_at(const Shared& shared, const Guid& tenant, const std::vector<Guid>& ids,
                              Time now) {
  const presence::Policy& policy = shared.settings.policy;
  std::vector<Glance> glances(ids.size());
  shared.view.read_many(tenant, ids, [&](std::size_t place, const presence::Record& record) {
    if (!record.extras)
      glances[place] = {true, effective(record, now, policy), sequence(record, now, policy)};
  });
  return glances;
}

}  // namespace

void append_people(const Tools& tools, const Call& call, const std::vector<Guid>& ids, Properties select,
                   std::string& out) {
  const bool whole = call.fields.prefers_freshness || call.ticket.metadata == Metadata::kFull;
  const std::vector<Glance> glances = glance_at(tools.shared, call.caller->tenant, ids, call.ticket.now);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (whole || !glances[i].suffices) {
      append_item(tools, call, ids[i], {.select = select}, out);
      continue;
    }
    if (out.back() != '[') out += ',';
    out += '{';
    append_presence_members(out, bare_presence(ids[i], glances[i].state, glances[i].sequence),
                            {.select = select});
    out += '}';
  }
}

}  // namespace porchlight::graph
