// The limits of the process: a counter for all connections, and a table of networks for the unauthenticated
// ones. Only the table needs the mutex; an accept takes it once.
#include "http/connection_limiter.h"

#include <sys/resource.h>

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

ConnectionLimiter::ConnectionLimiter(const Limits& limits)
    : capacity_(limits.connections ? limits.connections : capacity_from_descriptors()),
      unauthenticated_max_(limits.unauthenticated_per_address),
      waiting_bytes_(limits.app_output_bytes) {}

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
  const auto networks = counted_networks(address);
  const MutexLock lock(mutex_);
  for (const auto& [network, hosts] : networks) {
    const auto found = unauthenticated_.find(network);
    if (found != unauthenticated_.end() && found->second >= unauthenticated_max_ * hosts) return false;
  }
  for (const auto& [network, hosts] : networks) ++unauthenticated_[network];
  return true;
}

void ConnectionLimiter::mark_authenticated(const IpAddress& address) {
  const auto networks = counted_networks(address);
  const MutexLock lock(mutex_);
  for (const auto& [network, hosts] : networks) {
    const auto found = unauthenticated_.find(network);
    CHECK(found != unauthenticated_.end());
    if (--found->second == 0) unauthenticated_.erase(found);
  }
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
