// Names are looked up on a few threads of their own, at every dial: a name server that hangs holds up no more
// than those.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "webhook/network.h"
#include "webhook/url.h"

namespace porchlight::webhook {

inline constexpr std::size_t kLookupThreads = 8;

class Resolver {
 public:
  // What a host has: its addresses in the order to try them, and this machine's own at that moment.
  struct ResolvedHost {
    std::vector<IpAddress> addresses;
    std::vector<IpAddress> own;
  };
  using ResolveCallback = std::move_only_function<void(ResolvedHost)>;

  explicit Resolver(Network& network);
  // Waits for the lookups that run; those that wait are dropped.
  ~Resolver();

  // `done` is called on one of the threads. Those with smaller numbers go first.
  void resolve(std::uint64_t number, Url url, ResolveCallback done);
  // Nobody waits for it any more: where it has not begun, it never will.
  void cancel(std::uint64_t number);

 private:
  struct PendingLookup {
    Url url;
    ResolveCallback done;
  };
  void run(const std::stop_token& stop);

  Network& network_;
  std::mutex mutex_;
  std::condition_variable_any has_work_;
  std::map<std::uint64_t, PendingLookup> waiting_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace porchlight::webhook
