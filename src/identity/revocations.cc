#include "identity/revocations.h"

#include <algorithm>

namespace porchlight::identity {

void Revocations::add(const Guid& tenant, const Guid& subject, Time at) {
  const MutexLock lock(mutex_);
  if (subject == kWholeTenant)
    std::erase_if(moments_, [&](const auto& row) { return row.first.first == tenant && row.second <= at; });
  const auto [row, is_new] = moments_.try_emplace({tenant, subject}, at);
  if (!is_new) row->second = std::max(row->second, at);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
}

std::optional<Time> Revocations::find(const Guid& tenant, const Guid& subject) const {
  const MutexLock lock(mutex_);
  std::optional<Time> last;
  for (const Guid& each : {subject, kWholeTenant}) {
    const auto row = moments_.find({tenant, each});
    if (row != moments_.end()) last = std::max(last.value_or(row->second), row->second);
  }
  return last;
}

bool Revocations::covers(const Caller& caller) const {
  const auto is_covered = [&](const Guid& subject) {
    const auto revoked_at = find(caller.tenant, subject);
    return revoked_at && caller.issued_at <= *revoked_at;
  };
  return is_covered(caller.app) || (caller.user && is_covered(*caller.user));
}

}  // namespace porchlight::identity
