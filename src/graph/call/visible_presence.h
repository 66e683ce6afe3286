// What a caller gets to see of a person: the one way by which a presence reaches an answer (spec presence
// §6.8).
#pragma once

#include "graph/call/handlers.h"
#include "graph/wire/presence_filter.h"
#include "notify/subscriber_view.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Where the person with this id is, for a caller who may read others: in the caller's tenant, or in one with
// which it trusts each other. Nothing where they are in neither.
std::optional<state::UserKey> find_person(const Services& services, const identity::Caller& caller,
                                          const Guid& id);

// Whether the caller is this person, who sees more of themselves than others do.
bool is_owner(const identity::Caller& caller, const state::UserKey& key);

// What a caller sees of somebody who does not let them: the facade, and the version as of when it was put up,
// so that neither what is behind it nor how often that changes can be learned.
Presence masked_presence(const Guid& id, const presence::Extras& extras);

// Whether the caller may see somebody with this record.
bool may_see(const Services& services, const identity::Caller& caller, const state::UserKey& key,
             const presence::Record& record);

// What the caller sees of the person with this id, wherever they are; PresenceUnknown where there is no such
// person.
notify::VisibleState visible_presence(const Services& services, const identity::Caller& caller,
                                      const Guid& id, Time now);
// The state alone.
presence::State visible_state(const Services& services, const identity::Caller& caller, const Guid& id,
                              Time now);

// Appends the members of the presence of the person with this id, wherever they are, as the caller sees it at
// `now`: what a read of several people answers then.
void append_presence_for(const Services& services, const identity::Caller& caller, const Guid& id, Time now,
                         std::string& out);

// Appends the members of the presence, as the caller may see it. False, with nothing appended, where there is
// no such person.
bool append_presence(const HandlerContext& context, const Call& call, const state::UserKey& key,
                     const RenderOptions& options, std::string& out);

// Appends the links that full metadata has of a presence in an array.
void append_list_item_links(const HandlerContext& context, const Call& call, const Guid& id,
                            std::string& out);

// What of the people in an array is shown.
struct ListRendering {
  PropertySet select = kPropertiesAll;
  StateSet states = kAllStates;  // who is seen in another is left out
};

// Appends an object for this person to the array that `out` ends in; PresenceUnknown for somebody who is not
// there. In an array nobody is the owner (spec presence §5.5). False, with nothing appended, where they are
// left out.
bool append_list_item(const HandlerContext& context, const Call& call, const Guid& id,
                      const ListRendering& rendering, std::string& out);

// The same for each of these people.
void append_list_items(const HandlerContext& context, const Call& call, const std::vector<Guid>& ids,
                       PropertySet select, std::string& out);

}  // namespace porchlight::graph
