// Limits the connections of the whole process, over all loops: how many there are, and how many each address
// has that have not authenticated (spec security §5).
#pragma once

#include <atomic>
#include <cstdint>

#include <unordered_map>

#include "base/ip_address.h"
#include "base/mutex.h"
#include "http/limits.h"
#include "http/waiting_bytes.h"

namespace porchlight::http {

// Its tables have at most as many entries as there are connections, so chosen networks cannot make them slow.
struct NetworkHash {
  std::size_t operator()(const IpRange& network) const noexcept { return hash_of(network); }
};

// Thread-safe.
class ConnectionLimiter {
 public:
  // The outcome of acquire(). With kAccepted, one of the release functions must be called later.
  enum class Admission : std::uint8_t { kAccepted, kFull, kTooManyUnauthenticated };

  // Uses limits.connections (0: from RLIMIT_NOFILE) and limits.unauthenticated_per_address.
  explicit ConnectionLimiter(const Limits& limits);

  // A new connection from an address, which counts as its networks (counted_networks()). Ended by
  // release_unauthenticated(), or, after mark_authenticated(), by release().
  Admission acquire(const IpAddress& address);
  // A connection that is not counted for an address: of the admin socket, which needs no authentication, or of a
  // trusted proxy, whose clients are not known yet. Ended by release().
  Admission acquire_uncounted();
  // Counts an open connection that is not counted for the address of its client, until mark_authenticated(). Returns
  // false if that address has too many; the connection is then not counted.
  bool count_unauthenticated(const IpAddress& address);
  // A connection that was counted for that address has authenticated, or serves another client of its proxy now.
  void mark_authenticated(const IpAddress& address);
  // A connection has ended: one that was not counted for an address, or one that was.
  void release();
  void release_unauthenticated(const IpAddress& address);

  // The bytes that wait for slow readers on these connections.
  WaitingBytes& waiting_bytes() { return waiting_bytes_; }

  // The number of open connections, and the most there may be.
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return capacity_; }

 private:
  const std::size_t capacity_;
  const std::size_t unauthenticated_max_;
  std::atomic<std::size_t> count_{0};
  WaitingBytes waiting_bytes_;
  Mutex mutex_;
  std::unordered_map<IpRange, std::size_t, NetworkHash> unauthenticated_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
