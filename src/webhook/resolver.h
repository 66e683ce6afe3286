// Host name lookups on threads of their own: a name server that does not answer blocks only these.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "webhook/network.h"
#include "webhook/url.h"

namespace porchlight::webhook {

inline constexpr std::size_t kLookupThreads = 8;  // of one resolver

// A queue of lookups and the threads that run them.
class Resolver {
 public:
  // The addresses of a host in the order to try them, and this machine's addresses at that time.
  struct ResolvedHost {
    std::vector<IpAddress> addresses;
    std::vector<IpAddress> own;
  };
  using ResolveCallback = std::move_only_function<void(ResolvedHost)>;

  // `network` must outlive the resolver.
  explicit Resolver(Network& network);
  // Waits for the running lookups. Waiting ones are dropped, and their callbacks are not called.
  ~Resolver();

  // Looks up the host of `url`, from any thread. `done` is called on one of the resolver's threads. Smaller
  // numbers go first.
  void resolve(std::uint64_t number, Url url, ResolveCallback done);
  // Drops a lookup that has not begun; its callback is not called. Has no effect on one that has.
  void cancel(std::uint64_t number);

 private:
  struct PendingLookup {
    Url url;
    ResolveCallback done;
  };
  void run();

  Network& network_;
  Mutex mutex_;
  CondVar has_work_;
  std::map<std::uint64_t, PendingLookup> waiting_ ABSL_GUARDED_BY(mutex_);  // by number
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace porchlight::webhook
