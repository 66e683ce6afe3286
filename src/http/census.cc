#include "http/census.h"

#include <sys/resource.h>

#include <cstring>

namespace porchlight::http {
namespace {

// Leaves an eighth of the descriptors to everything else the process opens.
std::size_t capacity_from_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1'000'000;
  return limit.rlim_cur - limit.rlim_cur / 8;
}

}  // namespace

// The words are mixed; a table of at most `connections` entries needs no more against chosen addresses.
std::size_t PeerKeyHash::operator()(const PeerKey& key) const noexcept {
  std::uint64_t high, low;
  std::memcpy(&high, key.data(), 8);
  std::memcpy(&low, key.data() + 8, 8);
  std::uint64_t mixed = (high ^ (low >> 29)) * 0x9E3779B97F4A7C15ull + low * 0xC2B2AE3D27D4EB4Full;
  return mixed ^ (mixed >> 32);
}

Census::Census(const Limits& limits)
    : capacity_(limits.connections ? limits.connections : capacity_from_descriptors()),
      strangers_max_(limits.strangers_per_address) {}

Census::Entry Census::enter_known() {
  if (count_.fetch_add(1, std::memory_order_relaxed) < capacity_) return Entry::kWelcome;
  count_.fetch_sub(1, std::memory_order_relaxed);
  return Entry::kFull;
}

Census::Entry Census::enter(const PeerKey& peer) {
  std::lock_guard lock(mutex_);
  const auto found = strangers_.find(peer);
  if (found != strangers_.end() && found->second >= strangers_max_) return Entry::kTooManyStrangers;
  const Entry entry = enter_known();
  if (entry == Entry::kWelcome) ++strangers_[peer];
  return entry;
}

void Census::recognise(const PeerKey& peer) {
  std::lock_guard lock(mutex_);
  const auto found = strangers_.find(peer);
  if (found != strangers_.end() && --found->second == 0) strangers_.erase(found);
}

void Census::leave() { count_.fetch_sub(1, std::memory_order_relaxed); }

void Census::leave_stranger(const PeerKey& peer) {
  recognise(peer);
  leave();
}

}  // namespace porchlight::http
