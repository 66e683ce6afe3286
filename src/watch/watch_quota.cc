#include "watch/watch_quota.h"

#include "base/check.h"

namespace porchlight::watch {

// Checks every limit before it counts anything, so a refusal leaves nothing to undo.
std::optional<WatchQuota::Permit> WatchQuota::acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                                      const std::optional<Guid>& user) {
  const Permit::AppKey who(tenant, app);
  std::optional<Permit::AppKey> person;
  if (user) person.emplace(tenant, *user);
  const MutexLock lock(mutex_);
  const auto found = by_app_.find(who);
  const QuotaUsage own = found == by_app_.end() ? QuotaUsage{} : found->second;
  const bool may_wait = all_.waits < limits_.waits && own.waits < limits_.waits_per_app;
  if (!may_wait || !fits(own, people)) return std::nullopt;
  if (person) {
    std::size_t& waits = by_user_[*person];
    if (waits >= limits_.waits_per_user) return std::nullopt;
    ++waits;
  }
  for (QuotaUsage* count : {&all_, &by_app_[who]}) {
    ++count->waits;
    count->people += people;
  }
  return Permit(*this, who, person, people);
}

// Whether `more` people are within the limits of all and of one application.
bool WatchQuota::fits(const QuotaUsage& own, std::size_t more) const {
  return all_.people + more <= limits_.people && own.people + more <= limits_.people_per_app;
}

// The difference wraps around for a decrease.
bool WatchQuota::resize(Permit& permit, std::size_t people) {
  const MutexLock lock(mutex_);
  QuotaUsage& own = by_app_.at(permit.app_);
  if (people > permit.people_ && !fits(own, people - permit.people_)) return false;
  for (QuotaUsage* count : {&all_, &own}) count->people += people - permit.people_;
  permit.people_ = people;
  return true;
}

void WatchQuota::release(const Permit& permit) {
  const MutexLock lock(mutex_);
  const auto own = by_app_.find(permit.app_);
  CHECK(own != by_app_.end());
  for (QuotaUsage* count : {&all_, &own->second}) {
    CHECK(count->waits > 0 && count->people >= permit.people_);
    --count->waits;
    count->people -= permit.people_;
  }
  if (own->second.waits == 0) by_app_.erase(own);
  if (!permit.user_) return;
  const auto user = by_user_.find(*permit.user_);
  if (--user->second == 0) by_user_.erase(user);
}

}  // namespace porchlight::watch
