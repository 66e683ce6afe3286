// Counts the connections of the whole process, over all loops: how many there are, and how many of them come
// from addresses that have not yet proved who they are.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "http/limits.h"

namespace porchlight::http {

// An address as 16 bytes: IPv6, or IPv4 mapped into it.
using PeerKey = std::array<std::uint8_t, 16>;

struct PeerKeyHash {
  std::size_t operator()(const PeerKey& key) const noexcept;
};

// Safe to use from every loop.
class ConnectionLimiter {
 public:
  enum class Admission : std::uint8_t { kAccepted, kFull, kTooManyUnauthenticated };

  explicit ConnectionLimiter(const Limits& limits);

  // A connection comes in; where welcome, leave() must follow.
  Admission acquire(const PeerKey& peer);
  // One that nobody needs to prove anything for: the admin door.
  Admission acquire_authenticated();
  // A stranger of that address proved who they are.
  void mark_authenticated(const PeerKey& peer);
  void release();
  void release_unauthenticated(const PeerKey& peer);

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return capacity_; }

 private:
  const std::size_t capacity_;
  const std::size_t unauthenticated_max_;
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::unordered_map<PeerKey, std::size_t, PeerKeyHash> unauthenticated_;  // guarded by mutex_
};

}  // namespace porchlight::http
