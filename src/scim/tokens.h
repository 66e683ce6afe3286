// Bearer tokens for SCIM. A tenant has at most one, created by an administrator for the identity provider. The token
// contains the tenant's id; only its SHA-256 hash is stored.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/mutex.h"
#include "scim/error.h"
#include "storage/kv_store.h"

namespace porchlight::scim {

// Any thread.
class Tokens {
 public:
  // `store` must outlive it.
  explicit Tokens(storage::KvStore& store) : store_(store) {}
  // Loads the hashes from the store. Called once, first. Errors: 503.
  ScimResult<void> load();

  // Creates a token, `scim-<tenant>-<43 characters>`, that replaces the old one. Durable. Errors: 503.
  ScimResult<std::string> make(const Guid& tenant);
  // Revokes the token. Durable. Returns false if there was none. Errors: 503.
  ScimResult<bool> revoke(const Guid& tenant);

  // Returns true if any tenant has a token. Lock-free.
  bool any() const { return any_.load(std::memory_order_relaxed); }
  // The tenant of a valid token. The comparison takes constant time.
  std::optional<Guid> tenant_of(std::string_view token) const;

 private:
  storage::KvStore& store_;
  mutable Mutex mutex_;
  std::map<Guid, std::string> hashes_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> any_ = false;  // whether hashes_ has entries
};

}  // namespace porchlight::scim
