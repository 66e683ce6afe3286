#include "watch/watch_quota.h"

#include "base/check.h"

namespace porchlight::watch {

// Checks every limit before it counts anything, so a refusal leaves nothing to undo.
std::optional<WatchQuota::Permit> WatchQuota::acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                                      const std::optional<Guid>& user) {
  const MutexLock lock(mutex_);
  const auto found = by_app_.find({tenant, app});
  const QuotaUsage own = found == by_app_.end() ? QuotaUsage{} : found->second;
  const bool may_wait = all_.waits < limits_.waits && own.waits < limits_.waits_per_app;
  if (!may_wait || !fits(own, people)) return std::nullopt;
  if (user) {
    if (!has_room_for({tenant, *user}, app)) return std::nullopt;
    UserUsage& usage = by_user_[{tenant, *user}];
    ++usage.waits;
    ++usage.waits_by_app[app];
  }
  for (QuotaUsage* count : {&all_, &by_app_[{tenant, app}]}) {
    ++count->waits;
    count->people += people;
  }
  return Permit(*this, tenant, app, user, people);
}

// Whether the user may have one more wait in this application.
bool WatchQuota::has_room_for(const InTenant& user, const Guid& app) const {
  const auto usage = by_user_.find(user);
  if (usage == by_user_.end()) return limits_.waits_per_user > 0;
  const auto own = usage->second.waits_by_app.find(app);
  const std::size_t own_waits = own == usage->second.waits_by_app.end() ? 0 : own->second;
  return own_waits < limits_.waits_per_user &&
         usage->second.waits / limits_.apps_per_user < limits_.waits_per_user;
}

// Whether `more` people are within the limits of all and of one application.
bool WatchQuota::fits(const QuotaUsage& own, std::size_t more) const {
  return all_.people + more <= limits_.people && own.people + more <= limits_.people_per_app;
}

// The difference wraps around for a decrease.
bool WatchQuota::resize(Permit& permit, std::size_t people) {
  const MutexLock lock(mutex_);
  QuotaUsage& own = by_app_.at({permit.tenant_, permit.app_});
  if (people > permit.people_ && !fits(own, people - permit.people_)) return false;
  for (QuotaUsage* count : {&all_, &own}) count->people += people - permit.people_;
  permit.people_ = people;
  return true;
}

void WatchQuota::release(const Permit& permit) {
  const MutexLock lock(mutex_);
  const auto own = by_app_.find({permit.tenant_, permit.app_});
  CHECK(own != by_app_.end());
  for (QuotaUsage* count : {&all_, &own->second}) {
    CHECK(count->waits > 0 && count->people >= permit.people_);
    --count->waits;
    count->people -= permit.people_;
  }
  if (own->second.waits == 0) by_app_.erase(own);
  if (!permit.user_) return;
  const auto user = by_user_.find({permit.tenant_, *permit.user_});
  CHECK(user != by_user_.end());
  auto& waits_by_app = user->second.waits_by_app;
  if (--waits_by_app.at(permit.app_) == 0) waits_by_app.erase(permit.app_);
  if (--user->second.waits == 0) by_user_.erase(user);
}

}  // namespace porchlight::watch
