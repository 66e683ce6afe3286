// Which traced request changed a user last, so that a webhook post that the change causes belongs to the same trace.
//
// Changes coalesce until they are posted, and there is no state for each event: a post gets the trace of the last
// traced request of one of its users within kCauseLife. Many users share a place of the table; the last one has it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/mutex.h"
#include "base/time.h"
#include "base/trace_context.h"
#include "state/user_key.h"

namespace porchlight::graph {

inline constexpr std::size_t kCausesMax = 1024;
// A post that leaves later was delayed by its receiver for so long that it is no part of the request.
inline constexpr Duration kCauseLife = std::chrono::seconds(60);

// Thread-safe.
class Causes {
 public:
  // The request of this trace changes the user. Only traced requests call it.
  void note(const state::UserKey& user, const TraceContext& trace, Time now);
  // The trace of the last request noted for the user, unless another user took its place.
  std::optional<TraceContext> find(const state::UserKey& user, Time now) const;

 private:
  struct Cause {
    state::UserKey user;
    TraceContext trace;
    Time at = Time::min();
  };
  static std::size_t place_of(const state::UserKey& user) {
    return (std::hash<Guid>{}(user.user) ^ (std::hash<Guid>{}(user.tenant) << 1)) % kCausesMax;
  }

  mutable Mutex mutex_;
  std::array<Cause, kCausesMax> causes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::graph
