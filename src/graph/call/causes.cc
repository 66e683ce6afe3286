#include "graph/call/causes.h"

namespace porchlight::graph {

void Causes::note(const state::UserKey& user, const TraceContext& trace, Time now) {
  const MutexLock lock(mutex_);
  causes_[place_of(user)] = {user, trace, now};
}

std::optional<TraceContext> Causes::find(const state::UserKey& user, Time now) const {
  const MutexLock lock(mutex_);
  const Cause& cause = causes_[place_of(user)];
  if (cause.user != user || cause.at == Time::min() || now - cause.at > kCauseLife) return std::nullopt;
  return cause.trace;
}

}  // namespace porchlight::graph
