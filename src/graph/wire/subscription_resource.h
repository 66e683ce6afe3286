// The resource of a subscription: the people whose presence it covers (spec notifications §1).
//
//     communications/presences/{id}
//     communications/presences?$filter=id in ('{id}','{id}',…)     the quotes are optional
//     users/{id or userPrincipalName}/presence
//     groups/{id}/presences            beyond Graph
//     communications/presences         beyond Graph: the whole tenant
#pragma once

#include <string>
#include <string_view>

#include "graph/wire/error.h"
#include "watch/target.h"

namespace porchlight::graph {

// Exactly one of target and upn is used: a non-empty upn must still be looked up.
struct SubscriptionResource {
  watch::WatchTarget target;
  std::string upn;  // userPrincipalName of the one person, in place of an id
};

// Parses a resource. A leading slash, letter case and percent-encoding do not matter. `beyond`: whether the forms
// beyond Graph are accepted. 400 for any other text, or for more than kFilterIdsMax ids. Pure.
Result<SubscriptionResource> parse_subscription_resource(std::string_view text, bool beyond);

}  // namespace porchlight::graph
