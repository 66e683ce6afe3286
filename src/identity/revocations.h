// The moments at which tokens were revoked: of a user, of an application, or of a whole tenant. Everything that was
// issued at or before that moment is refused, however long it is valid.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::identity {

// The subject of a revocation of all tokens of a tenant.
inline constexpr Guid kWholeTenant{};

// In memory; node/revocation_store.h keeps them on disk. Any thread.
class Revocations {
 public:
  // Revokes what was issued to the user or application with the id `subject` up to `at`. An earlier moment than the
  // present one changes nothing. kWholeTenant stands for every user and application of the tenant, and replaces their
  // own.
  void add(const Guid& tenant, const Guid& subject, Time at);

  // The moment for a user or an application, which may be that of its tenant; nullopt if nothing was revoked.
  std::optional<Time> find(const Guid& tenant, const Guid& subject) const;
  // Whether the token of the caller was revoked, by its application or its user.
  bool covers(const Caller& caller) const;

  // Grows with each revocation: while it is the same, covers() returns the same.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

 private:
  mutable Mutex mutex_;
  std::map<std::pair<Guid, Guid>, Time> moments_ ABSL_GUARDED_BY(mutex_);  // by tenant and subject
  std::atomic<std::uint64_t> epoch_ = 0;
};

}  // namespace porchlight::identity
