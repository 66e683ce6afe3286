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

class Lookups {
 public:
  // What a host has: its addresses in the order to try them, and this machine's own at that moment.
  struct Found {
    std::vector<Address> addresses;
    std::vector<Address> own;
  };
  using Done = std::move_only_function<void(Found)>;

  explicit Lookups(Network& network);
  // Waits for the lookups that run; those that wait are dropped.
  ~Lookups();

  // `done` is called on one of the threads. Those with smaller numbers go first.
  void look_up(std::uint64_t number, Url url, Done done);
  // Nobody waits for it any more: where it has not begun, it never will.
  void forget(std::uint64_t number);

 private:
  struct Request {
    Url url;
    Done done;
  };
  void work(const std::stop_token& stop);

  Network& network_;
  std::mutex mutex_;
  std::condition_variable_any come_;
  std::map<std::uint64_t, Request> waiting_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace porchlight::webhook
