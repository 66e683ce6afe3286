// Lock-out after repeated failed sign-ins. Names that do not exist are locked as well, so a lock reveals nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "authority/expiring_map.h"
#include "base/guid.h"
#include "base/ip_address.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::authority {

// The first lock, and the longest: each further attempt doubles it.
inline constexpr Duration kLockFirst = std::chrono::minutes(1);
inline constexpr Duration kLockLongest = std::chrono::hours(1);
// Names that are counted at the same time.
inline constexpr std::size_t kLockedNamesMax = 200'000;

// Any thread. In memory: a restart clears it.
class Lockout {
 public:
  // After `free` attempts a name is locked for kLockFirst, after each further attempt for twice as long. The count ends
  // `window` after the first attempt.
  Lockout(std::uint32_t free, Duration window) : free_(free), window_(window) {}

  // Counts an attempt for `name`, before the password is checked, so that concurrent attempts all count. Returns false
  // if the name is locked; the password must not be checked then.
  bool attempt(std::string_view name, Time now);
  // After a successful attempt: clears the count.
  void reset(std::string_view name);
  // After a successful attempt: takes back this attempt only. For addresses, which many users share.
  void undo_attempt(std::string_view name);

 private:
  struct AttemptCount {
    std::uint32_t attempts = 0;
    Time locked_until{};
    Time window_ends_at{};
  };
  void make_room(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::uint32_t free_;
  const Duration window_;
  Mutex mutex_;
  std::unordered_map<std::string, AttemptCount> counts_
      ABSL_GUARDED_BY(mutex_);  // by SHA-256 hash of the name
};

// A name is counted apart at a network from which it signed in within this time, so that failures elsewhere do not lock
// it there.
inline constexpr Duration kKnownNetworkLife = std::chrono::days(30);
inline constexpr std::size_t kKnownNetworksMax = 200'000;  // of all tenants
inline constexpr std::size_t kKnownNetworksPerName = 10;

// The networks from which names signed in. Any thread. In memory: a restart clears it.
class KnownNetworks {
 public:
  // After a sign-in. Beyond kKnownNetworksPerName the one of the name's oldest sign-in is removed, beyond
  // kKnownNetworksMax the oldest of the tenant that has most. No effect without an address.
  void add(const Guid& tenant, std::string_view name, const std::optional<IpAddress>& address, Time now);
  // The name under which Lockout counts attempts from that address: `name`, and if the name signed in from its network,
  // the network too. Names are unique over all tenants.
  std::string counted_name(std::string_view name, const std::optional<IpAddress>& address, Time now);

 private:
  struct Known {};
  Mutex mutex_;
  ExpiringMap<Known> networks_ ABSL_GUARDED_BY(mutex_){kKnownNetworkLife, kKnownNetworksMax};
};

// Lockout per address, which counts as its networks (counted_networks()). Any thread.
class AddressLockout {
 public:
  // As of Lockout, for one host.
  AddressLockout(std::uint32_t free, Duration window)
      : hosts_(free, window), sites_(free * kHostsPerSite, window) {}

  // Without an address (the admin socket) always true.
  bool attempt(const std::optional<IpAddress>& address, Time now);
  void undo_attempt(const std::optional<IpAddress>& address);

 private:
  Lockout& counter_of(const CountedNetwork& counted) { return counted.hosts == 1 ? hosts_ : sites_; }

  Lockout hosts_, sites_;
};

}  // namespace porchlight::authority
