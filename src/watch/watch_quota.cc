#include "watch/watch_quota.h"

namespace porchlight::watch {

std::optional<WatchQuota::Permit> WatchQuota::acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                                      const std::optional<Guid>& user) {
  const Permit::AppKey who(tenant, app);
  std::optional<Permit::AppKey> person;
  if (user) person.emplace(tenant, *user);
  const std::scoped_lock lock(mutex_);
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

bool WatchQuota::fits(const QuotaUsage& own, std::size_t more) const {
  return all_.people + more <= limits_.people && own.people + more <= limits_.people_per_app;
}

bool WatchQuota::Permit::resize(std::size_t people) {
  const std::scoped_lock lock(quota_->mutex_);
  QuotaUsage& own = quota_->by_app_.at(app_);
  if (people > people_ && !quota_->fits(own, people - people_)) return false;
  for (QuotaUsage* count : {&quota_->all_, &own}) count->people += people - people_;
  people_ = people;
  return true;
}

void WatchQuota::release(const Permit& permit) {
  const std::scoped_lock lock(mutex_);
  const auto own = by_app_.find(permit.app_);
  for (QuotaUsage* count : {&all_, &own->second}) {
    --count->waits;
    count->people -= permit.people_;
  }
  if (own->second.waits == 0) by_app_.erase(own);
  if (!permit.user_) return;
  const auto user = by_user_.find(*permit.user_);
  if (--user->second == 0) by_user_.erase(user);
}

}  // namespace porchlight::watch
