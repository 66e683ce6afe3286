// Whom a stream is about.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/call/handlers.h"
#include "watch/target.h"

namespace porchlight::graph {

// People that one stream may name, as many as a bulk read may.
inline constexpr std::size_t kStreamUsersMax = 650;

using watch::TargetKind;
using watch::WatchTarget;

// The people with these ids or userPrincipalNames: an id that nobody has counts, a name that nobody has is a
// 404. 400 for too many.
Result<std::vector<Guid>> resolve_users(const Services& services, const identity::Caller& caller,
                                        std::span<const std::string_view> names);
// Of the group with this id; 404 where the caller's tenant has none.
Result<WatchTarget> resolve_group(const Services& services, const identity::Caller& caller,
                                  std::string_view id);

// What the query asks for: users=, group=, tenant or me, one of them. Nothing where it asks for none.
Result<std::optional<WatchTarget>> parse_watch_target(const Services& services,
                                                      const identity::Caller& caller, std::string_view query);

// Whether the caller may read all of them; `access`: of the streams' route.
Result<void> authorize(const Access& access, const identity::Caller& caller, const WatchTarget& target);

}  // namespace porchlight::graph
