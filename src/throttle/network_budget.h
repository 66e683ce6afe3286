// A budget for each network of clients, over a sliding window.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/ip_address.h"
#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The number of networks that a budget keeps. If more are counted, those without a count in the window are removed; if
// all have one, an arbitrary network is removed.
inline constexpr std::size_t kNetworksMax = 65536;

// May be used by any thread.
class NetworkBudget {
 public:
  // `of_host`: for one host. A network of more hosts has so many times as much (counted_networks()).
  explicit NetworkBudget(const Budget& of_host);
  ~NetworkBudget();

  // The time until each network of the address is within its budget: zero if they are now.
  Duration wait(const IpAddress& address, SteadyTime now);
  // Counts once for each network of the address.
  void count(const IpAddress& address, SteadyTime now);
  // The number of networks that are kept.
  std::size_t networks_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
