// Limits the connections of the whole process, over all loops: how many there are, and how many each address
// has that have not authenticated (spec security §5).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include <unordered_map>

#include "base/mutex.h"
#include "http/limits.h"

namespace porchlight::http {

// An address as 16 bytes: IPv6, or IPv4 mapped into it.
using PeerKey = std::array<std::uint8_t, 16>;

// The hash of an address.
struct PeerKeyHash {
  std::size_t operator()(const PeerKey& key) const noexcept;
};

// Thread-safe.
class ConnectionLimiter {
 public:
  // The outcome of acquire(). With kAccepted, one of the release functions must be called later.
  enum class Admission : std::uint8_t { kAccepted, kFull, kTooManyUnauthenticated };

  // Uses limits.connections (0: from RLIMIT_NOFILE) and limits.unauthenticated_per_address.
  explicit ConnectionLimiter(const Limits& limits);

  // A new connection from an address. Ended by release_unauthenticated(), or, after mark_authenticated(), by
  // release().
  Admission acquire(const PeerKey& peer);
  // A connection of the admin socket, which needs no authentication. Ended by release().
  Admission acquire_authenticated();
  // A connection of that address has authenticated.
  void mark_authenticated(const PeerKey& peer);
  // A connection has ended: one that had authenticated, or one that had not.
  void release();
  void release_unauthenticated(const PeerKey& peer);

  // The number of open connections, and the most there may be.
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return capacity_; }

 private:
  const std::size_t capacity_;
  const std::size_t unauthenticated_max_;
  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  std::unordered_map<PeerKey, std::size_t, PeerKeyHash> unauthenticated_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
