#include "watch/watch_quota.h"

#include "base/check.h"

namespace porchlight::watch {

namespace {

// The usage under `key`; nothing if there is no entry.
template <typename Map>
typename Map::mapped_type usage_of(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type{} : found->second;
}

// Whether a tenant that has `own` of `used` may have `more`. The first of a tenant needs only room for itself.
bool shares(std::size_t own, std::size_t more, std::size_t used, std::size_t limit) {
  if (more == 0) return true;
  if (used + more > limit) return false;
  return own == 0 || own + more <= kTenantTimesFree * (limit - used - more);
}

}  // namespace

// Checks every limit before it counts anything, so a refusal leaves nothing to undo.
std::optional<WatchQuota::Permit> WatchQuota::acquire(const Guid& tenant, const Guid& app, std::size_t people,
                                                      const std::optional<Guid>& user) {
  const MutexLock lock(mutex_);
  if (!fits({tenant, app}, {1, people}) || (user && !has_room_for({tenant, *user}, app))) return std::nullopt;
  if (user) {
    UserUsage& usage = by_user_[{tenant, *user}];
    ++usage.waits;
    ++usage.waits_by_app[app];
  }
  Permit permit(*this, tenant, app, user, people);
  count(permit, {1, people}, {});
  return permit;
}

// Whether the user may have one more wait in this application.
bool WatchQuota::has_room_for(const InTenant& user, const Guid& app) const {
  const auto usage = by_user_.find(user);
  if (usage == by_user_.end()) return limits_.waits_per_user > 0;
  const std::size_t own_waits = usage_of(usage->second.waits_by_app, app);
  return own_waits < limits_.waits_per_user &&
         usage->second.waits / limits_.apps_per_user < limits_.waits_per_user;
}

// Whether `more` is within the limits of the application, of its tenant and of all.
bool WatchQuota::fits(const InTenant& app, const QuotaUsage& more) const {
  const QuotaUsage own = usage_of(by_app_, app), tenant = usage_of(by_tenant_, app.first);
  return own.waits + more.waits <= limits_.waits_per_app &&
         own.people + more.people <= limits_.people_per_app &&
         shares(tenant.waits, more.waits, all_.waits, limits_.waits) &&
         shares(tenant.people, more.people, all_.people, limits_.people);
}

void WatchQuota::count(const Permit& permit, const QuotaUsage& added, const QuotaUsage& removed) {
  const InTenant app{permit.tenant_, permit.app_};
  for (QuotaUsage* usage : {&all_, &by_tenant_[permit.tenant_], &by_app_[app]}) {
    CHECK(usage->waits >= removed.waits && usage->people >= removed.people);
    usage->waits += added.waits - removed.waits;
    usage->people += added.people - removed.people;
  }
  if (by_app_[app].waits == 0) by_app_.erase(app);
  if (by_tenant_[permit.tenant_].waits == 0) by_tenant_.erase(permit.tenant_);
}

bool WatchQuota::resize(Permit& permit, std::size_t people) {
  const MutexLock lock(mutex_);
  if (people > permit.people_ && !fits({permit.tenant_, permit.app_}, {0, people - permit.people_}))
    return false;
  count(permit, {0, people}, {0, permit.people_});
  permit.people_ = people;
  if (permit.number_ != 0) listed_.at({permit.tenant_, permit.number_}).people = people;
  return true;
}

void WatchQuota::list(Permit& permit, std::weak_ptr<OpenWait> wait, const std::optional<Guid>& user,
                      Time now) {
  const MutexLock lock(mutex_);
  permit.number_ = ++last_number_;
  listed_.emplace(std::pair(permit.tenant_, permit.number_),
                  ListEntry{permit.app_, user, now, permit.people_, std::move(wait)});
}

std::vector<WatchQuota::ListedWait> WatchQuota::listed(const Guid& tenant, std::uint64_t after,
                                                       std::size_t limit) const {
  std::vector<ListedWait> waits;
  const MutexLock lock(mutex_);
  for (auto at = listed_.upper_bound({tenant, after});
       at != listed_.end() && at->first.first == tenant && waits.size() < limit; ++at) {
    const ListEntry& entry = at->second;
    if (auto wait = entry.wait.lock())
      waits.push_back({at->first.second, entry.app, entry.user, entry.since, entry.people, std::move(wait)});
  }
  return waits;
}

void WatchQuota::release(const Permit& permit) {
  const MutexLock lock(mutex_);
  count(permit, {}, {1, permit.people_});
  if (permit.number_ != 0) listed_.erase({permit.tenant_, permit.number_});
  if (!permit.user_) return;
  const auto user = by_user_.find({permit.tenant_, *permit.user_});
  CHECK(user != by_user_.end());
  auto& waits_by_app = user->second.waits_by_app;
  if (--waits_by_app.at(permit.app_) == 0) waits_by_app.erase(permit.app_);
  if (--user->second.waits == 0) by_user_.erase(user);
}

}  // namespace porchlight::watch
