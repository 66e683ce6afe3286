// Who may speak SCIM: each tenant has one bearer token at most, made by an administrator and given to the
// identity provider. Only its hash is kept. The token names its tenant, so whoever holds it is in that one
// and in no other.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "storage/kv_store.h"

namespace porchlight::scim {

// Any thread.
class Tokens {
 public:
  // `store` must outlive it.
  explicit Tokens(storage::KvStore& store) : store_(store) {}
  // Reads what the store has; before anything else.
  ScimResult<void> load();

  // A new token in the old one's stead: `scim-<tenant>-<43 characters>`.
  ScimResult<std::string> make(const Guid& tenant);
  // False where there was none.
  ScimResult<bool> revoke(const Guid& tenant);

  // Whether anybody has one.
  bool any() const { return any_.load(std::memory_order_relaxed); }
  // The tenant whose token it is. Takes as long for a wrong one as for a good one.
  std::optional<Guid> tenant_of(std::string_view token) const;

 private:
  storage::KvStore& store_;
  mutable std::mutex mutex_;
  std::map<Guid, std::string> hashes_;  // guarded by mutex_
  std::atomic<bool> any_ = false;
};

}  // namespace porchlight::scim
