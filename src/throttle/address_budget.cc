// The budget of each network, and behind them the one that all networks share.
#include "throttle/address_budget.h"

#include <algorithm>

namespace porchlight::throttle {

bool AddressBudget::may_verify(const std::optional<IpAddress>& address, SteadyTime now) {
  if (!address || own_.wait(*address, now) == Duration::zero()) return true;
  const MutexLock lock(beyond_mutex_);
  beyond_latest_ = std::max(beyond_latest_, now);
  return beyond_.wait(beyond_latest_) == Duration::zero();
}

void AddressBudget::record_failure(const std::optional<IpAddress>& address, SteadyTime now) {
  if (!address) return;
  if (own_.wait(*address, now) == Duration::zero()) return own_.count(*address, now);
  const MutexLock lock(beyond_mutex_);
  beyond_latest_ = std::max(beyond_latest_, now);
  beyond_.wait(beyond_latest_);  // removes expired failures
  beyond_.accept(beyond_latest_);
}

}  // namespace porchlight::throttle
