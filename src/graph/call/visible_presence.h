// What a caller sees of a user: the only way from a record to a response (spec presence §6.8).
#pragma once

#include <span>

#include "graph/call/handlers.h"
#include "graph/wire/presence_filter.h"
#include "notify/subscriber_view.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Finds the user with this id in the caller's tenant, or in a tenant with mutual trust. Returns nullopt if none of
// them has the user.
std::optional<state::UserKey> find_person(const Services& services, const identity::Caller& caller,
                                          const Guid& id);

// Whether the caller is this user, who sees more of themselves than others do.
bool is_owner(const identity::Caller& caller, const state::UserKey& key);

// What callers see who may not see the user: hidden or offline, with the sequence number of the last change of the
// visibility, so that it reveals neither the presence nor how often that changes. The extras have a visibility.
Presence masked_presence(const Guid& id, const presence::Extras& extras);

// Whether the caller may see the user with this record.
bool may_see(const Services& services, const identity::Caller& caller, const state::UserKey& key,
             const presence::Record& record);

// The rule by which the caller sees the user with this record, or not.
presence::SightRule sight_rule(const Services& services, const identity::Caller& caller,
                               const state::UserKey& key, const presence::Record& record);

// What the caller sees of the user with this id, in any tenant that find_person() searches; PresenceUnknown for an
// unknown id. Any thread, as the functions below.
notify::VisibleState visible_presence(const Services& services, const identity::Caller& caller,
                                      const Guid& id, Time now);
// The same, the state only.
presence::State visible_state(const Services& services, const identity::Caller& caller, const Guid& id,
                              Time now);

// What a badge shows of the user, for readers without a token. Returns nullopt if there is no such user, or nothing to
// show.
std::optional<presence::State> badge_state(const Services& services, const state::UserKey& key, Time now);

// Appends the members of the presence of the user with this id as the caller sees it at `now`, as a stream sends it: an
// item of a read of several users, without freshness and links, with its next planned change (append_planned_change()).
void append_streamed_presence(const Services& services, const identity::Caller& caller, const Guid& id,
                              Time now, std::string& out);
// Appends the members of the presence of the user with this id as the caller sees it at `now`, without freshness and
// links, as a read of one user sends it.
void append_presence_for(const Services& services, const identity::Caller& caller, const Guid& id, Time now,
                         std::string& out, const RenderOptions& options);

// Appends the members of the presence as the caller sees it. Returns false and appends nothing if the user does not
// exist.
bool append_presence(const HandlerContext& context, const Call& call, const state::UserKey& key,
                     const RenderOptions& options, std::string& out);

// Appends the links of a presence in an array, if the metadata level is full.
void append_list_item_links(const HandlerContext& context, const Call& call, const Guid& id,
                            std::string& out);

// Which properties and which users a list shows.
struct ListRendering {
  PropertySet select = kPropertiesAll;
  StateSet states = kAllStates;  // users whose visible state is not in this set are skipped
};

// Appends an object for this user to the open array at the end of `out`; PresenceUnknown for an unknown id. In an
// array the caller does not see more of themselves (spec presence §5.5). Returns false and appends nothing if the
// user is skipped.
bool append_list_item(const HandlerContext& context, const Call& call, const Guid& id,
                      const ListRendering& rendering, std::string& out);

// The same for each of these users, none skipped. Reads them in one pass over the view.
void append_list_items(const HandlerContext& context, const Call& call, std::span<const Guid> ids,
                       PropertySet select, std::string& out);

}  // namespace porchlight::graph
