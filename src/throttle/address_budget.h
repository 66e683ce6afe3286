// Work that strangers cause before they have proved who they are: checks of token signatures that fail, per
// address (spec security §2: signature work is bounded per connection and address).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "throttle/sliding_window.h"

namespace porchlight::throttle {

// An address may fail so often; then its tokens are not looked at until a failure is old enough.
inline constexpr Budget kFailedSignatures = {100, std::chrono::seconds(10)};

// Addresses remembered at most. Beyond, the idle are forgotten, and if there are none, any.
inline constexpr std::size_t kAddressesMax = 65536;

// Any thread. An IPv6 address counts as its /64, which is what one host commonly has to itself; an IPv4
// address mapped into IPv6 as what it is. Text that is neither (say, a Unix socket's) counts as it stands.
class AddressBudget {
 public:
  AddressBudget();
  ~AddressBudget();
  // Whether a signature of this address may be checked.
  bool may_verify(std::string_view address, SteadyTime now);
  // One that was checked was not good.
  void record_failure(std::string_view address, SteadyTime now);
  // How many addresses are remembered.
  std::size_t addresses_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::throttle
