// Limits the work that clients can cause before they are authenticated: failed checks of token signatures, counted per
// address (spec security §2: signature work is bounded per connection and address).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// The failures allowed per address. Beyond them, no token of the address is checked until a failure leaves the window.
inline constexpr Budget kFailedSignatures = {100, std::chrono::seconds(10)};

// The number of addresses that are kept. If more fail, those without a failure in the window are removed; if all have
// one, an arbitrary address is removed.
inline constexpr std::size_t kAddressesMax = 65536;

// May be used by any thread. An IPv6 address counts as its /64 prefix, which one host commonly owns; an IPv4-mapped
// IPv6 address counts as the IPv4 address. Other text, such as the name of a Unix socket, counts as it is.
class AddressBudget {
 public:
  AddressBudget();
  ~AddressBudget();
  // Whether a signature from this address may be checked.
  bool may_verify(std::string_view address, SteadyTime now);
  // Counts a signature that was checked and is invalid.
  void record_failure(std::string_view address, SteadyTime now);
  // The number of addresses that are kept.
  std::size_t addresses_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
