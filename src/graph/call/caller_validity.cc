#include "graph/call/caller_validity.h"

namespace porchlight::graph {

namespace {

bool has_caller(const state::View& view, identity::Caller& caller) {
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

// The epoch is read first: what is removed meanwhile has a later one.
bool is_still_valid(const state::View& view, identity::Caller& caller) {
  const std::uint64_t epoch = view.removals_epoch();
  if (!has_caller(view, caller)) return false;
  caller.directory_epoch = epoch;
  return true;
}

void append_caller_keys(std::vector<state::UserKey>& keys, const identity::Caller& caller) {
  keys.push_back({caller.tenant, caller.app});
  if (caller.user) keys.push_back({caller.tenant, *caller.user});
}

}  // namespace porchlight::graph
