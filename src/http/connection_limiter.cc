// The limits of the process: a counter for all connections, and a table of addresses for the unauthenticated
// ones. Only the table needs the mutex; an accept takes it once.
#include "http/connection_limiter.h"

#include <sys/resource.h>

#include <cstring>

#include "base/check.h"

namespace porchlight::http {
namespace {

// Seven eighths of the descriptors; the rest is for everything else the process opens.
std::size_t capacity_from_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1'000'000;
  return limit.rlim_cur - limit.rlim_cur / 8;
}

}  // namespace

// Mixes both words. The table has at most `connections` entries, so chosen addresses cannot make it slow
// enough to need a keyed hash.
std::size_t AddressHash::operator()(const IpAddress& address) const noexcept {
  std::uint64_t high, low;
  std::memcpy(&high, address.mapped().data(), 8);
  std::memcpy(&low, address.mapped().data() + 8, 8);
  std::uint64_t mixed = (high ^ (low >> 29)) * 0x9E3779B97F4A7C15ull + low * 0xC2B2AE3D27D4EB4Full;
  return mixed ^ (mixed >> 32);
}

ConnectionLimiter::ConnectionLimiter(const Limits& limits)
    : capacity_(limits.connections ? limits.connections : capacity_from_descriptors()),
      unauthenticated_max_(limits.unauthenticated_per_address) {}

ConnectionLimiter::Admission ConnectionLimiter::acquire_uncounted() {
  if (count_.fetch_add(1, std::memory_order_relaxed) < capacity_) return Admission::kAccepted;
  count_.fetch_sub(1, std::memory_order_relaxed);
  return Admission::kFull;
}

ConnectionLimiter::Admission ConnectionLimiter::acquire(const IpAddress& address) {
  if (!count_unauthenticated(address)) return Admission::kTooManyUnauthenticated;
  const Admission admission = acquire_uncounted();
  if (admission != Admission::kAccepted) mark_authenticated(address);
  return admission;
}

bool ConnectionLimiter::count_unauthenticated(const IpAddress& address) {
  const MutexLock lock(mutex_);
  std::size_t& count = unauthenticated_.try_emplace(address, 0).first->second;
  if (count >= unauthenticated_max_) return false;
  ++count;
  return true;
}

void ConnectionLimiter::mark_authenticated(const IpAddress& address) {
  const MutexLock lock(mutex_);
  const auto found = unauthenticated_.find(address);
  CHECK(found != unauthenticated_.end());
  if (--found->second == 0) unauthenticated_.erase(found);
}

void ConnectionLimiter::release() {
  const std::size_t before = count_.fetch_sub(1, std::memory_order_relaxed);
  CHECK(before > 0u);
}

void ConnectionLimiter::release_unauthenticated(const IpAddress& address) {
  mark_authenticated(address);
  release();
}

}  // namespace porchlight::http
