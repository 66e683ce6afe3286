// Limits the work that clients can cause before they are authenticated: failed checks of token signatures, counted per
// network of the client (spec security §2: signature work is bounded per connection and address).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/ip_address.h"
#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The failures of one host that never affect others (counted_networks()).
inline constexpr Budget kFailedSignatures = {100, std::chrono::seconds(10)};
// The failures beyond them, of all networks together. A check takes about 50 µs, so these take 3 % of one core.
inline constexpr Budget kFailedSignaturesBeyond = {5000, std::chrono::seconds(10)};

// The number of networks that are kept. If more fail, those without a failure in the window are removed; if all have
// one, an arbitrary network is removed.
inline constexpr std::size_t kNetworksMax = 65536;

// May be used by any thread.
class AddressBudget {
 public:
  AddressBudget();
  ~AddressBudget();
  // Whether a signature from this address may be checked. A client that shares its address with one that sends bad
  // tokens is refused only while that one uses up both budgets. Without an address (the admin socket) always true.
  bool may_verify(const std::optional<IpAddress>& address, SteadyTime now);
  // Counts a signature that was checked and is invalid.
  void record_failure(const std::optional<IpAddress>& address, SteadyTime now);
  // The number of networks that are kept.
  std::size_t networks_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
