// Limits the work that clients can cause before they are authenticated: failed checks of token signatures, counted per
// network of the client (spec security §2: signature work is bounded per connection and address).
#pragma once

#include <cstdint>
#include <optional>

#include "base/ip_address.h"
#include "base/mutex.h"
#include "base/time.h"
#include "throttle/network_budget.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The failures of one host that never affect others (counted_networks()).
inline constexpr Budget kFailedSignatures = {100, std::chrono::seconds(10)};
// The failures beyond them, of all networks together. A check takes about 50 µs, so these take 3 % of one core.
inline constexpr Budget kFailedSignaturesBeyond = {5000, std::chrono::seconds(10)};

// May be used by any thread.
class AddressBudget {
 public:
  // Whether a signature from this address may be checked. A client that shares its address with one that sends bad
  // tokens is refused only while that one uses up both budgets. Without an address (the admin socket) always true.
  bool may_verify(const std::optional<IpAddress>& address, SteadyTime now);
  // Counts a signature that was checked and is invalid.
  void record_failure(const std::optional<IpAddress>& address, SteadyTime now);
  // The number of networks that are kept.
  std::size_t networks_count() const { return own_.networks_count(); }

 private:
  NetworkBudget own_{kFailedSignatures};
  Mutex beyond_mutex_;
  SlidingWindow beyond_ ABSL_GUARDED_BY(beyond_mutex_){kFailedSignaturesBeyond};
  // Event loops read the clock independently, so times may arrive out of order.
  SteadyTime beyond_latest_ ABSL_GUARDED_BY(beyond_mutex_) = SteadyTime::min();
};

}  // namespace porchlight::throttle
