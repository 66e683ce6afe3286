#include "graph/call/caller_validity.h"

namespace porchlight::graph {
namespace {

// Whether the directory has what the token is for. A caller named by userPrincipalName gets the user's id.
bool is_in_directory(const state::View& view, identity::Caller& caller) {
  if (!caller.personal && !view.has_tenant(caller.tenant)) return false;
  if (!caller.upn.empty()) {
    caller.user = view.find_user_by_upn(caller.tenant, caller.upn);
    if (!caller.user) return false;
  }
  if (!caller.own_issuer || caller.personal) return true;
  return view.has_app(caller.tenant, caller.app) &&
         (!caller.user || view.contains({caller.tenant, *caller.user}));
}

}  // namespace

// The epoch is read first: what is removed or revoked meanwhile has a later one.
bool is_still_valid(const Services& services, identity::Caller& caller) {
  const std::uint64_t epoch = services.view.removals_epoch() + services.revocations.epoch();
  if (caller.validity_epoch == epoch) return true;
  if (!is_in_directory(services.view, caller) || services.revocations.covers(caller)) return false;
  caller.validity_epoch = epoch;
  return true;
}

void append_caller_keys(std::vector<state::UserKey>& keys, const identity::Caller& caller) {
  keys.push_back({caller.tenant, caller.app});
  if (caller.user) keys.push_back({caller.tenant, *caller.user});
}

}  // namespace porchlight::graph
