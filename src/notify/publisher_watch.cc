// What the subscriptions of the publisher watch, and what a change of a person means for each. on_change() runs on the
// watch registry's thread, so it compares many people a portion at a time.
#include <algorithm>
#include <array>
#include <iterator>

#include "base/sorted.h"
#include "notify/publisher.h"

namespace porchlight::notify {

using state::UserKey;
using WriteSync = SubscriptionStore::WriteSync;

namespace {

// The keys under which the permission changes: the application and, if it acts for one, the user.
std::array<UserKey, 2> permission_keys(const Subscription& subscription) {
  const UserKey app{subscription.tenant, subscription.app};
  return {app, subscription.user ? UserKey{subscription.tenant, *subscription.user} : app};
}

// The key under which the members change: the group, or the directory of the tenant (WatchRegistry::watch).
UserKey members_key(const Subscription& subscription) {
  const bool is_group = subscription.target.kind == watch::TargetKind::kGroup;
  return {subscription.tenant, is_group ? subscription.target.ids.front() : Guid{}};
}

// When a subscription expires, or is reminded of that if it has a URL for it.
Time next_reminder(const Subscription& subscription) {
  return subscription.extras_or_empty().lifecycle_url ? subscription.expires_at - kReminderBefore
                                                      : subscription.expires_at;
}

}  // namespace

void Publisher::watch(const std::shared_ptr<ActiveSubscription>& active) {
  std::vector<UserKey> keys = watch_keys(*active);
  active->watched_checksum = watch::checksum_of(keys);
  active->uncompared = 0;
  active->watch_id = watchers_.watch(std::move(keys), active);
}

// Compares each here: a call of each by the registry would take longer.
void Publisher::watch_stored(std::span<const std::shared_ptr<ActiveSubscription>> actives) {
  std::vector<std::vector<UserKey>> keys;
  std::vector<watch::WatchRegistry::QuietWatch> watches;
  keys.reserve(actives.size());
  watches.reserve(actives.size());
  for (const auto& active : actives) {
    keys.push_back(watch_keys(*active));
    active->watched_checksum = watch::checksum_of(keys.back());
    sort_unique(keys.back());
    watches.push_back({keys.back(), active, next_reminder(*active->subscription)});
  }
  const auto ids = watchers_.watch_all(watches);
  const Time now = clock_.wall();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    actives[i]->watch_id = ids[i];
    const auto next = compare(*actives[i], now, keys[i]);
    if (next && *next <= now) watchers_.wake(ids[i]);
  }
}

// The keys of the permission, of the members if they may change, and of the people.
std::vector<UserKey> Publisher::watch_keys(const ActiveSubscription& active) const {
  const Subscription& subscription = *active.subscription;
  std::vector<UserKey> keys;
  std::ranges::copy(permission_keys(subscription), std::back_inserter(keys));
  if (!active.names_people()) keys.push_back(members_key(subscription));
  std::ranges::move(subscriber_view_.watch_keys(subscription, active.people()), std::back_inserter(keys));
  return keys;
}

// Updates the members of a group or tenant and watches them. Returns whether they have changed. Last sent states of
// members that remain are kept; a new member starts as PresenceUnknown.
bool Publisher::refresh_members(ActiveSubscription& active) {
  std::vector<Guid> members = subscriber_view_.people(*active.subscription);
  if (members == active.members) return false;
  decltype(active.person_deliveries) person_deliveries;
  for (const Guid& person : members) {
    const ActiveSubscription::PersonDelivery* person_delivery = active.find(person);
    person_deliveries.push_back(person_delivery != nullptr
                                    ? *person_delivery
                                    : ActiveSubscription::PersonDelivery{presence::kPresenceUnknown.code()});
  }
  SubscriptionStore::StoreBatch writes;
  for (const Guid& person : active.members)
    if (!std::ranges::binary_search(members, person))
      writes.remove_last_sent(active.subscription->id, person);
  active.members = std::move(members);
  active.person_deliveries = std::move(person_deliveries);
  if (!writes.empty()) store_.write(std::move(writes), WriteSync::kNo);
  rewatch(active);
  return true;
}

void Publisher::rewatch(ActiveSubscription& active) {
  if (active.watch_id) watchers_.unwatch(*active.watch_id);
  watch(active.shared_from_this());
}

// In this order: the end of the subscription, its permission, its members, its people, its reminder. A change of
// the watched keys ends this watch, and the new one reports all people at once. Many people are compared a portion at
// a time.
std::optional<Time> Publisher::on_change(ActiveSubscription& active, Time now,
                                         std::span<const UserKey> changed) {
  const MutexLock lock(mutex_);
  if (active.lifecycle != ActiveSubscription::Lifecycle::kActive || closing_) return std::nullopt;
  return compare(active, now, changed);
}

std::optional<Time> Publisher::compare(ActiveSubscription& active, Time now,
                                       std::span<const UserKey> changed) {
  const Subscription& subscription = *active.subscription;
  if (now >= subscription.expires_at)
    return end(active, ActiveSubscription::Lifecycle::kExpired, now), std::nullopt;
  const auto is_changed = [&](const UserKey& key) { return std::ranges::binary_search(changed, key); };
  const bool may_have_other_members = !active.names_people() && is_changed(members_key(subscription));
  const bool may_have_lost_permission =
      may_have_other_members || std::ranges::any_of(permission_keys(subscription), is_changed);
  if (may_have_lost_permission && !subscriber_view_.is_still_permitted(subscription)) {
    end(active, ActiveSubscription::Lifecycle::kRemoved, now);
    enqueue_lifecycle_event(active, NotificationKind::kSubscriptionRemoved, now);
    return std::nullopt;
  }
  if (may_have_other_members && refresh_members(active)) return std::nullopt;
  if (changed.size() > watch::kPeoplePerCall)
    active.uncompared = active.people().size();
  else
    enqueue_changes(active, now, changed);
  enqueue_changes(active, now, next_portion(active));
  if (active.uncompared > 0) return now;
  if (std::exchange(active.may_have_moved, false) &&
      watch::checksum_of(watch_keys(active)) != active.watched_checksum)
    return rewatch(active), std::nullopt;
  const Time reminder = next_reminder(subscription);
  if (now < reminder) return reminder;
  if (!std::exchange(active.is_reminded, true))
    enqueue_lifecycle_event(active, NotificationKind::kReauthorizationRequired, now);
  return subscription.expires_at;
}

// The keys of the next people to compare.
std::vector<UserKey> Publisher::next_portion(ActiveSubscription& active) {
  std::vector<UserKey> keys;
  for (; active.uncompared > 0 && keys.size() < watch::kPeoplePerCall; --active.uncompared)
    keys.push_back(
        {active.subscription->tenant, active.people()[active.people().size() - active.uncompared]});
  return keys;
}

// Queues the changes of these people that a read by the subscriber would show.
void Publisher::enqueue_changes(ActiveSubscription& active, Time now, std::span<const UserKey> changed) {
  const Subscription& subscription = *active.subscription;
  for (const UserKey& key : changed) {
    ActiveSubscription::PersonDelivery* const person_delivery = active.find(key.user);
    if (person_delivery == nullptr || person_delivery->is_queued) continue;
    if (subscriber_view_.visible_state(subscription, key.user, now).state.code() !=
        person_delivery->sent_code)
      enqueue_change(active, key.user, *person_delivery, now);
  }
  active.may_have_moved |= subscriber_view_.may_have_moved(subscription, changed);
}

}  // namespace porchlight::notify
