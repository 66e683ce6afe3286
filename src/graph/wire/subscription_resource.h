// The resource of a subscription: whom it speaks of (spec notifications §1).
//
//     communications/presences/{id}
//     communications/presences?$filter=id in ('{id}','{id}',…)     the quotes may be left out
//     users/{id or userPrincipalName}/presence
//     groups/{id}/presences            beyond Graph
//     communications/presences         beyond Graph: the whole tenant
#pragma once

#include <string>
#include <string_view>

#include "graph/wire/error.h"
#include "watch/target.h"

namespace porchlight::graph {

struct SubscriptionResource {
  watch::WatchTarget target;
  std::string upn;  // of the one person, in place of an id
};

// A slash in front, letter case and percent-encoding do not matter. At most kFilterIdsMax ids. `beyond`:
// whether the forms beyond Graph are taken.
Result<SubscriptionResource> parse_subscription_resource(std::string_view text, bool beyond);

}  // namespace porchlight::graph
