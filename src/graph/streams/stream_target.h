// The people that a stream follows, as its request or a message names them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/call/handlers.h"
#include "watch/target.h"

namespace porchlight::graph {

// People that one stream may name: as many as a bulk read accepts.
inline constexpr std::size_t kStreamUsersMax = 650;

using watch::TargetKind;
using watch::WatchTarget;

// The ids of the people with these ids or userPrincipalNames, in order and each once. An unknown id is accepted; 404
// for an unknown name, 400 for more than kStreamUsersMax names.
Result<std::vector<Guid>> resolve_users(const Services& services, const identity::Caller& caller,
                                        std::span<const std::string_view> names);
// The target for a group. 400 for a malformed id, 404 if the caller's tenant does not have the group.
Result<WatchTarget> resolve_group(const Services& services, const identity::Caller& caller,
                                  std::string_view id);

// The target of a query with one of users=, group=, tenant and me. Returns nullopt if it has none of them; 400 if it
// has several.
Result<std::optional<WatchTarget>> parse_watch_target(const Services& services,
                                                      const identity::Caller& caller, std::string_view query);

// Counts an accepted request for a stream of this many people as the bulk reads that would give as much. The request
// itself is one of them.
void charge_people(const Services& services, const identity::Caller& caller, std::size_t people);

// Checks that the caller may read all people of the target. `access`: that of the stream route.
Result<void> authorize(const Access& access, const identity::Caller& caller, const WatchTarget& target);

}  // namespace porchlight::graph
