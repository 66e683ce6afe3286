// Reads are optimistic: first in the caller's tenant, where nearly all users are, then in the trusted tenants. A
// record without a visibility is rendered under its shard's lock; one with a visibility is copied, because whether
// the caller may see it is a question to the directory, which must not be asked under that lock.
#include "graph/call/visible_presence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "graph/call/freshness.h"
#include "graph/call/links.h"
#include "presence/rules.h"

namespace porchlight::graph {
namespace {

bool has_visibility(const presence::Record& record) { return record.extras && record.extras->visibility; }

bool trusts(const directory::Tenant& tenant, const Guid& other) {
  return std::ranges::find(tenant.settings.trusts, other) != tenant.settings.trusts.end();
}

}  // namespace

std::optional<state::UserKey> find_person(const Services& services, const identity::Caller& caller,
                                          const Guid& id) {
  const state::View& view = services.view;
  if (view.contains({caller.tenant, id})) return state::UserKey{caller.tenant, id};
  const auto ours = view.find_tenant(caller.tenant);
  if (!ours) return std::nullopt;
  for (const Guid& other : ours->settings.trusts) {
    const auto theirs = view.find_tenant(other);
    if (theirs && trusts(*theirs, caller.tenant) && view.contains({other, id}))
      return state::UserKey{other, id};
  }
  return std::nullopt;
}

bool is_owner(const identity::Caller& caller, const state::UserKey& key) {
  return caller.user == key.user && caller.tenant == key.tenant;
}

Presence masked_presence(const Guid& id, const presence::Extras& extras) {
  CHECK(extras.visibility);
  const bool hidden = extras.visibility->others_see == presence::OthersSee::kHidden;
  return minimal_presence(id, hidden ? presence::kPresenceUnknown : presence::kOffline,
                          extras.visibility_sequence);
}

presence::SightRule sight_rule(const Services& services, const identity::Caller& caller,
                               const state::UserKey& key, const presence::Record& record) {
  static const presence::Visibility kUnrestricted;
  const presence::Visibility& visibility =
      has_visibility(record) ? *record.extras->visibility : kUnrestricted;
  std::vector<Guid> groups;
  if (caller.user && caller.tenant == key.tenant)
    groups = services.view.groups_with(key.tenant, *caller.user, visibility.groups);
  return presence::sight_rule(visibility, key.user,
                              {.app = caller.app, .user = caller.user, .groups = groups});
}

bool may_see(const Services& services, const identity::Caller& caller, const state::UserKey& key,
             const presence::Record& record) {
  return !has_visibility(record) || is_sight(sight_rule(services, caller, key, record));
}

namespace {

// Appends the members of a presence, with its freshness if the caller asks for it.
void append_visible_members(const Services& services, const Call& call, const Presence& presence,
                            const SeenRecord& seen, const RenderOptions& options, std::string& out) {
  append_presence_members(out, presence, options);
  if (call.headers.prefers_freshness) [[unlikely]]
    append_freshness(out, presence, seen, options.owner, call.info.now, services.settings.policy);
}

// Calls `use` with the presence as the caller sees it at `now`, and with the record, which is null if the presence is
// masked. Returns false without a call if the user does not exist. `use` may run under the shard's lock. A masked
// presence that is Offline is held as that of a user who is Offline without any input.
template <typename Use>
bool with_visible_presence(const Services& services, const identity::Caller& caller,
                           const state::UserKey& key, Time now, Use&& use) {
  const presence::Policy& policy = services.settings.policy;
  std::optional<presence::Record> restricted;
  const auto use_record = [&](const presence::Record& record) {
    const SeenRecord seen{&record, services.view.held(key, record, now)};
    use(presence_of(key.user, record, seen.at(now), policy), seen);
  };
  const bool known = services.view.read(key, [&](const presence::Record& record) {
    if (has_visibility(record))
      restricted = record;
    else
      use_record(record);
  });
  if (!restricted) return known;
  if (may_see(services, caller, key, *restricted)) {
    use_record(*restricted);
  } else {
    const Presence masked = masked_presence(key.user, *restricted->extras);
    const bool offline = masked.seen.state == presence::kOffline;
    use(masked, SeenRecord{nullptr, offline ? services.view.held(key, {}, now) : std::nullopt});
  }
  return true;
}

}  // namespace

notify::VisibleState visible_presence(const Services& services, const identity::Caller& caller,
                                      const Guid& id, Time now) {
  notify::VisibleState seen{presence::kPresenceUnknown, 0};
  const auto assign = [&](const Presence& presence, const SeenRecord&) {
    seen = {presence.seen.state, presence.sequence};
  };
  if (with_visible_presence(services, caller, {caller.tenant, id}, now, assign)) return seen;
  if (const auto elsewhere = find_person(services, caller, id))
    with_visible_presence(services, caller, *elsewhere, now, assign);
  return seen;
}

presence::State visible_state(const Services& services, const identity::Caller& caller, const Guid& id,
                              Time now) {
  return visible_presence(services, caller, id, now).state;
}

std::optional<presence::State> badge_state(const Services& services, const state::UserKey& key, Time now) {
  std::optional<presence::State> state;
  services.view.read(key, [&](const presence::Record& record) {
    if (!has_visibility(record)) return;
    const presence::BadgeContent content = presence::badge_content(*record.extras->visibility);
    if (content == presence::BadgeContent::kState)
      state = presence::effective(record, services.view.seen_at(key, record, now), services.settings.policy);
    else if (content == presence::BadgeContent::kAppearsOffline)
      state = presence::kOffline;
  });
  return state;
}

namespace {

// Calls `use` as with_visible_presence() does, for a user of the caller's tenant or of one that it trusts; with an
// unknown presence if no such user exists.
template <typename Use>
void with_presence_of(const Services& services, const identity::Caller& caller, const Guid& id, Time now,
                      Use use) {
  if (with_visible_presence(services, caller, {caller.tenant, id}, now, use)) return;
  const auto elsewhere = find_person(services, caller, id);
  if (!elsewhere || !with_visible_presence(services, caller, *elsewhere, now, use))
    use(minimal_presence(id, presence::kPresenceUnknown), SeenRecord{});
}

}  // namespace

void append_presence_for(const Services& services, const identity::Caller& caller, const Guid& id, Time now,
                         std::string& out, const RenderOptions& options) {
  with_presence_of(services, caller, id, now, [&](const Presence& presence, const SeenRecord&) {
    append_presence_members(out, presence, options);
  });
}

void append_streamed_presence(const Services& services, const identity::Caller& caller, const Guid& id,
                              Time now, std::string& out) {
  with_presence_of(services, caller, id, now, [&](const Presence& presence, const SeenRecord& seen) {
    append_presence_members(out, presence, {});
    append_stream_annotations(out, seen, now, services.settings.policy);
  });
}

bool append_presence(const HandlerContext& context, const Call& call, const state::UserKey& key,
                     const RenderOptions& options, std::string& out) {
  return with_visible_presence(context.services, *call.caller, key, call.info.now,
                               [&](const Presence& presence, const SeenRecord& seen) {
                                 append_visible_members(context.services, call, presence, seen, options, out);
                               });
}

void append_list_item_links(const HandlerContext& context, const Call& call, const Guid& id,
                            std::string& out) {
  if (call.info.metadata != MetadataLevel::kFull) return;
  append_entity_links(context, call, out, kPresenceType,
                      fmt::format("communications/presences('{}')", to_string(id)));
}

bool append_list_item(const HandlerContext& context, const Call& call, const Guid& id,
                      const ListRendering& rendering, std::string& out) {
  const identity::Caller& caller = *call.caller;
  bool appended = false;
  const auto append = [&](const Presence& presence, const SeenRecord& seen) {
    if ((rendering.states & state_bit(presence.seen.state)) == 0) return;
    if (out.back() != '[') out += ',';
    out += '{';
    append_list_item_links(context, call, id, out);
    append_visible_members(context.services, call, presence, seen, {.select = rendering.select}, out);
    out += '}';
    appended = true;
  };
  const auto append_at = [&](const state::UserKey& key) {
    return with_visible_presence(context.services, caller, key, call.info.now, append);
  };
  if (append_at({caller.tenant, id})) return appended;
  const auto elsewhere = find_person(context.services, caller, id);
  if (!elsewhere || !append_at(*elsewhere))
    append(minimal_presence(id, presence::kPresenceUnknown), SeenRecord{});
  return appended;
}

namespace {

// The presence of a user with sessions only, as nearly all users are: its JSON needs the state and the number.
struct PlainPresence {
  bool is_plain = false;
  presence::State state = presence::kPresenceUnknown;
  std::uint64_t sequence = 0;
};

std::pmr::vector<PlainPresence> read_plain_presences(const HandlerContext& context, const Guid& tenant,
                                                     std::span<const Guid> ids, Time now) {
  const presence::Policy& policy = context.services.settings.policy;
  std::pmr::vector<PlainPresence> plain(ids.size(), &context.memory);
  const state::View& view = context.services.view;
  view.read_many(tenant, ids, [&](std::size_t place, const presence::Record& record) {
    if (record.extras) return;
    const Time seen_at = view.seen_at({tenant, ids[place]}, record, now);
    plain[place] = {true, effective(record, seen_at, policy), sequence(record, seen_at, policy)};
  });
  return plain;
}

}  // namespace

void append_list_items(const HandlerContext& context, const Call& call, std::span<const Guid> ids,
                       PropertySet select, std::string& out) {
  const bool whole = call.headers.prefers_freshness || call.info.metadata == MetadataLevel::kFull;
  const std::pmr::vector<PlainPresence> plain =
      read_plain_presences(context, call.caller->tenant, ids, call.info.now);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (whole || !plain[i].is_plain) {
      append_list_item(context, call, ids[i], {.select = select}, out);
      continue;
    }
    if (out.back() != '[') out += ',';
    out += '{';
    append_presence_members(out, minimal_presence(ids[i], plain[i].state, plain[i].sequence),
                            {.select = select});
    out += '}';
  }
}

}  // namespace porchlight::graph
