// Counts of attempts and the length of locks.
#include "authority/lockout.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/digest.h"

namespace porchlight::authority {
namespace {

// The length of the lock after that many attempts.
Duration lock_after(std::uint32_t attempts, std::uint32_t free) {
  if (attempts < free) return Duration(0);
  const std::uint32_t doublings = std::min(attempts - free, 16U);
  return std::min(kLockFirst * (1 << doublings), kLockLongest);
}

// One name at the network of one host.
std::string name_at(std::string_view name, const IpAddress& address) {
  return fmt::format("{}@{}", name, to_string(counted_networks(address).front().network));
}

}  // namespace

bool Lockout::attempt(std::string_view name, Time now) {
  const std::string hash = sha256(name);
  const MutexLock lock(mutex_);
  if (!counts_.contains(hash)) make_room(now);
  AttemptCount& count = counts_[hash];
  if (now >= count.window_ends_at) count = {.window_ends_at = now + window_};
  if (now < count.locked_until) return false;
  ++count.attempts;
  count.locked_until = now + lock_after(count.attempts, free_);
  return true;
}

void Lockout::reset(std::string_view name) {
  const MutexLock lock(mutex_);
  counts_.erase(sha256(name));
}

void Lockout::undo_attempt(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = counts_.find(sha256(name));
  if (found == counts_.end() || found->second.attempts == 0) return;
  --found->second.attempts;
  found->second.locked_until = {};  // the attempt was permitted, so the name was not locked
}

// The last sign-in of a network counts: an earlier one is replaced.
void KnownNetworks::add(const Guid& tenant, std::string_view name, const std::optional<IpAddress>& address,
                        Time now) {
  if (!address) return;
  const std::string key = name_at(name, *address);
  const MutexLock lock(mutex_);
  networks_.remove(key);
  networks_.add(key, {}, {tenant, {{std::string(name), kKnownNetworksPerName}}}, now);
}

std::string KnownNetworks::counted_name(std::string_view name, const std::optional<IpAddress>& address,
                                        Time now) {
  if (!address) return std::string(name);
  std::string at_network = name_at(name, *address);
  const MutexLock lock(mutex_);
  return networks_.find(at_network, now) != nullptr ? at_network : std::string(name);
}

// A network that is locked keeps the attempt from counting in the larger one around it.
bool AddressLockout::attempt(const std::optional<IpAddress>& address, Time now) {
  if (!address) return true;
  return std::ranges::all_of(counted_networks(*address), [&](const CountedNetwork& counted) {
    return counter_of(counted).attempt(to_string(counted.network), now);
  });
}

void AddressLockout::undo_attempt(const std::optional<IpAddress>& address) {
  if (!address) return;
  for (const CountedNetwork& counted : counted_networks(*address))
    counter_of(counted).undo_attempt(to_string(counted.network));
}

// Removes entries when the table is full: expired ones, else those with the fewest attempts. So an attacker cannot
// displace the count of a name under attack by trying many made-up names.
void Lockout::make_room(Time now) {
  if (counts_.size() < kLockedNamesMax) return;
  std::erase_if(counts_, [now](const auto& entry) { return now >= entry.second.window_ends_at; });
  for (std::uint32_t fewest = 1; counts_.size() >= kLockedNamesMax; ++fewest)
    std::erase_if(counts_, [fewest](const auto& entry) { return entry.second.attempts <= fewest; });
}

}  // namespace porchlight::authority
