// The last requests, for administrators who look at them. Nothing is kept while no administrator looks, and of a
// request neither its path nor its query, body or token.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/mutex.h"

namespace porchlight::server {

// Requests that are kept for each who looks.
inline constexpr std::size_t kRequestsKept = 1000;
// How long requests are recorded after each look.
inline constexpr Duration kRequestsWatched = std::chrono::seconds(60);
// Tenants whose requests are recorded at a time, with the look at all tenants as one. A further one takes the place of
// the one whose time ends first.
inline constexpr std::size_t kRequestWatchesMax = 16;

// An answered request.
struct RequestEntry {
  Time at;  // of the answer
  std::string_view method;
  std::uint8_t route;  // http::Response::route
  int status;
  std::chrono::microseconds took;
  Guid tenant, app;  // of the caller; nil if it is not known
  std::string id;    // the request-id of the answer
};

// Any thread.
class RequestLog {
 public:
  // `clock` must outlive the log.
  explicit RequestLog(const Clock& clock) : clock_(clock) {}

  // Whether requests are recorded: one load for each request.
  bool is_on() const { return is_on_.load(std::memory_order_relaxed); }
  // Records a request, at this time.
  void add(RequestEntry entry);
  // The requests of a tenant, or of all if it is nil, that were recorded, the newest first. They are recorded from now
  // on, for kRequestsWatched.
  std::vector<RequestEntry> look(const Guid& tenant);

 private:
  struct RequestWatch {
    SteadyTime until;
    std::deque<RequestEntry> entries;  // the oldest first
  };
  void remove_ended() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  std::atomic<bool> is_on_ = false;  // whether there are watches
  Mutex mutex_;
  std::map<Guid, RequestWatch> watches_ ABSL_GUARDED_BY(mutex_);  // by tenant; nil: all
};

}  // namespace porchlight::server
