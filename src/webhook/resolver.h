// Looks up host names on a few threads of its own, before every dial. A name server that does not answer delays
// only these threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "base/mutex.h"
#include "base/worker.h"
#include "webhook/network.h"
#include "webhook/url.h"

namespace porchlight::webhook {

// Lookups that run at the same time.
inline constexpr std::size_t kLookupThreads = 8;

class Resolver {
 public:
  // The addresses of a host in the order to try them, and those of this machine at the time of the lookup.
  struct ResolvedHost {
    std::vector<IpAddress> addresses;
    std::vector<IpAddress> own;
  };
  using ResolveCallback = std::move_only_function<void(ResolvedHost)>;

  // `network` must outlive the resolver.
  explicit Resolver(Network& network);
  // The destructor waits for the lookups that run; `done` is not called for those that wait.

  // Queues a lookup; `done` is called on a thread of the resolver. Smaller numbers go first. Any thread.
  void resolve(std::uint64_t number, Url url, ResolveCallback done);
  // Drops the lookup of that number if it has not started. Any thread.
  void cancel(std::uint64_t number);

  // The lookups that wait. Any thread.
  std::size_t waiting() const;

 private:
  // A lookup that has not begun.
  struct PendingLookup {
    Url url;
    ResolveCallback done;
  };
  void run_next();

  Network& network_;
  mutable Mutex mutex_;
  std::map<std::uint64_t, PendingLookup> waiting_ ABSL_GUARDED_BY(mutex_);
  WorkerPool pool_;  // last: its threads end before the rest is destroyed
};

}  // namespace porchlight::webhook
