#include "watch/watch_registry.h"

#include <algorithm>
#include <variant>

#include "base/overloaded.h"
#include "presence/rules.h"
#include "watch/target.h"

namespace porchlight::watch {

using presence::kNever;
using state::UserKey;

namespace {

// The longest sleep: the system clock's finer count must hold its end.
constexpr Duration kSleepMax = std::chrono::days(1);

// Watchers that are told before others get in between.
constexpr std::size_t kCallsPerDispatch = 256;

// The ends of the order of ids.
constexpr Guid kFirst{};
constexpr Guid kLast = [] {
  Guid last;
  last.bytes.fill(0xFF);
  return last;
}();

// Who may be seen differently after an event, and by whom: what a tenant trusts and who is in a group counts
// in that too.
enum class ChangeScope : std::uint8_t { kPerson, kTenant, kAllTenants };

ChangeScope change_scope(const log::Event& event) {
  const auto* change = std::get_if<log::DirectoryEvent>(&event.body);
  if (change == nullptr) return ChangeScope::kPerson;
  return std::visit(Overloaded{
                        [](const directory::UserPut&) { return ChangeScope::kPerson; },
                        [](const directory::UserRemoved&) { return ChangeScope::kPerson; },
                        [](const directory::TenantPut&) { return ChangeScope::kAllTenants; },
                        [](const directory::TenantRemoved&) { return ChangeScope::kAllTenants; },
                        [](const auto&) { return ChangeScope::kTenant; },
                    },
                    change->what);
}

}  // namespace

// What happens at one moment, taken out to be told without the lock.
struct WatchRegistry::DueBatch {
  struct WatcherCall {
    Id id;
    std::shared_ptr<Watcher> watcher;
    std::vector<UserKey> changed;
    std::optional<Time> alarm;  // what the watcher wants next
  };
  struct ChangedPerson {
    UserKey key;
    std::optional<Time> next;
  };
  Time now;
  std::vector<ChangedPerson> changes;
  std::vector<WatcherCall> calls;
};

WatchRegistry::WatchRegistry(state::View& view, const Clock& clock, const presence::Policy& policy)
    : view_(view), clock_(clock), policy_(policy) {
  view.set_listener(*this);
  thread_ = std::thread([this] { run(); });
}

WatchRegistry::~WatchRegistry() {
  close();
  thread_.join();
}

std::optional<WatchRegistry::Id> WatchRegistry::watch(std::vector<UserKey> people,
                                                      std::shared_ptr<Watcher> watcher) {
  std::ranges::sort(people);
  const auto twice = std::ranges::unique(people);
  people.erase(twice.begin(), twice.end());
  const Lock lock(mutex_);
  if (closing_) return std::nullopt;
  return add(std::move(people), std::move(watcher));
}

std::optional<WatchRegistry::Id> WatchRegistry::watch_tenant(const Guid& tenant,
                                                             std::shared_ptr<Watcher> watcher) {
  const Lock lock(mutex_);
  if (closing_) return std::nullopt;
  // The event of a person who is put after this read waits for the lock, and then adds them.
  std::vector<UserKey> people;
  for (const Guid& user : all_people(view_, tenant)) people.push_back({tenant, user});
  const Id id = add(std::move(people), std::move(watcher));
  watches_.at(id).tenant = tenant;
  tenants_[tenant].insert(id);
  return id;
}

WatchRegistry::Id WatchRegistry::add(std::vector<UserKey> people, std::shared_ptr<Watcher> watcher) {
  const Time now = clock_.wall();
  const Id id = ++last_id_;
  for (const UserKey& key : people) add_watch(id, key, now);
  std::vector<UserKey> pending = people;
  const auto watch =
      watches_.emplace(id, Watch{std::move(watcher), std::move(people), std::move(pending), kNever});
  watched_ = watches_.size();
  set_alarm(id, watch.first->second, now);
  wake_.notify_all();
  return id;
}

// Whether the watcher did not watch them yet.
bool WatchRegistry::add_watch(Id id, const UserKey& key, Time now) {
  const auto [person, is_new] =
      people_.try_emplace(key, WatchedPerson{.watched_by = {}, .due = kNever, .repeat_at = kNever});
  // When somebody new changes next is found out when they are told of.
  if (is_new) set_due(key, person->second, now);
  return person->second.watched_by.insert(id).second;
}

// Somebody came: whoever watches their tenant watches them too.
void WatchRegistry::add_member(const UserKey& key, Time now) {
  const auto tenant = tenants_.find(key.tenant);
  if (tenant == tenants_.end()) return;
  for (const Id id : tenant->second)
    if (add_watch(id, key, now)) watches_.at(id).people.push_back(key);
}

void WatchRegistry::wake(Id id) {
  const Lock lock(mutex_);
  const auto watch = watches_.find(id);
  if (watch == watches_.end()) return;
  set_alarm(id, watch->second, clock_.wall());
  wake_.notify_all();
}

void WatchRegistry::unwatch(Id id) {
  const Lock lock(mutex_);
  forget(id);
}

std::size_t WatchRegistry::count() const {
  const Lock lock(mutex_);
  return watches_.size();
}

void WatchRegistry::clock_advanced() {
  Lock lock(mutex_);
  wake_.notify_all();
  settled_.wait(lock, [this] { return closed_ || (!is_dispatching_ && first_due() > clock_.wall()); });
}

void WatchRegistry::close() {
  Lock lock(mutex_);
  closing_ = true;
  wake_.notify_all();
  settled_.wait(lock, [this] { return closed_; });
}

// A reader that found the old state has begun to watch before this: both went through the lock of the
// person's shard, so the count is seen here.
void WatchRegistry::on_applied(const log::Batch& batch) {
  if (watched_.load(std::memory_order_relaxed) == 0) return;
  const Lock lock(mutex_);
  const Time now = clock_.wall();
  bool is_watched = false;
  for (const log::Event& event : batch.events) {
    const UserKey key{event.tenant, event.subject};
    switch (change_scope(event)) {
      case ChangeScope::kPerson:
        if (!tenants_.empty()) add_member(key, now);
        is_watched |= mark_due(key, key, now);
        // Who comes or goes is news of the tenant.
        if (std::holds_alternative<log::DirectoryEvent>(event.body))
          is_watched |= mark_due({key.tenant, kFirst}, {key.tenant, kFirst}, now);
        break;
      case ChangeScope::kTenant:
        is_watched |= mark_due({key.tenant, kFirst}, {key.tenant, kLast}, now);
        break;
      case ChangeScope::kAllTenants:
        is_watched |= mark_due({kFirst, kFirst}, {kLast, kLast}, now);
    }
  }
  if (is_watched) wake_.notify_all();
}

void WatchRegistry::run() {
  Lock lock(mutex_);
  while (!closing_) {
    const Time due = first_due();
    if (due <= clock_.wall()) {
      dispatch(due, lock);
      continue;
    }
    settled_.notify_all();
    sleep_until(due, lock);
  }
  end(lock);
}

void WatchRegistry::sleep_until(Time due, Lock& lock) {
  if (due == kNever || clock_.is_manual()) return wake_.wait(lock);
  wake_.wait_until(lock, std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kSleepMax)));
}

void WatchRegistry::dispatch(Time now, Lock& lock) {
  DueBatch batch = collect_due(now);
  is_dispatching_ = true;
  lock.unlock();
  deliver(batch);
  lock.lock();
  is_dispatching_ = false;
  reschedule(batch);
}

WatchRegistry::DueBatch WatchRegistry::collect_due(Time now) {
  DueBatch batch{now, {}, {}};
  absl::btree_set<Id> ids;
  while (ids.size() < kCallsPerDispatch && !due_.empty() && due_.begin()->first <= now) {
    const UserKey key = due_.begin()->second;
    WatchedPerson& person = people_.at(key);
    if (!collect_watchers(key, person, ids)) break;
    set_due(key, person, std::exchange(person.repeat_at, kNever));
    batch.changes.push_back({key, std::nullopt});
  }
  while (ids.size() < kCallsPerDispatch && !alarms_.empty() && alarms_.begin()->first <= now) {
    const Id id = alarms_.begin()->second;
    set_alarm(id, watches_.at(id), kNever);
    ids.insert(id);
  }
  for (const Id id : ids) {
    Watch& watch = watches_.at(id);
    set_alarm(id, watch, kNever);  // from here on only a nudge sets it, until the watcher has said
    batch.calls.push_back({id, watch.watcher, std::exchange(watch.pending, {}), std::nullopt});
  }
  return batch;
}

// Adds those who watch somebody to those who are told, as far as there is room; whether that was all of them.
// Else the person stays due, and the next of them are told next.
bool WatchRegistry::collect_watchers(const UserKey& key, WatchedPerson& person, absl::btree_set<Id>& ids) {
  auto watcher = person.watched_by.lower_bound(person.next);
  for (; watcher != person.watched_by.end() && ids.size() < kCallsPerDispatch; ++watcher) {
    watches_.at(*watcher).pending.push_back(key);
    ids.insert(*watcher);
  }
  person.next = watcher == person.watched_by.end() ? 0 : *watcher;
  return person.next == 0;
}

void WatchRegistry::deliver(DueBatch& batch) const {
  for (auto& [key, next] : batch.changes) next = next_change(key, batch.now);
  for (DueBatch::WatcherCall& call : batch.calls) {
    std::ranges::sort(call.changed);
    const auto twice = std::ranges::unique(call.changed);
    call.changed.erase(twice.begin(), twice.end());
    call.alarm = call.watcher->on_change(batch.now, call.changed);
  }
}

// Whoever was forgotten meanwhile stays so; whoever changed meanwhile is due already.
void WatchRegistry::reschedule(const DueBatch& batch) {
  for (const auto& [key, next] : batch.changes) {
    const auto person = people_.find(key);
    if (person != people_.end() && next && *next < person->second.due) set_due(key, person->second, *next);
  }
  for (const DueBatch::WatcherCall& call : batch.calls) {
    const auto watch = watches_.find(call.id);
    if (watch == watches_.end()) continue;
    if (call.alarm)
      set_alarm(call.id, watch->second, std::min(*call.alarm, watch->second.alarm));
    else
      forget(call.id);
  }
}

std::optional<Time> WatchRegistry::next_change(const UserKey& key, Time now) const {
  std::optional<Time> next;
  view_.read(key,
             [&](const presence::Record& record) { next = presence::next_change(record, now, policy_); });
  return next;
}

Time WatchRegistry::first_due() const {
  Time first = kNever;
  if (!due_.empty()) first = due_.begin()->first;
  if (!alarms_.empty()) first = std::min(first, alarms_.begin()->first);
  return first;
}

void WatchRegistry::set_due(const UserKey& key, WatchedPerson& person, Time due) {
  if (person.due != kNever) due_.erase({person.due, key});
  if (due != kNever) due_.insert({due, key});
  person.due = due;
}

void WatchRegistry::set_alarm(Id id, Watch& watch, Time alarm) {
  if (watch.alarm != kNever) alarms_.erase({watch.alarm, id});
  if (alarm != kNever) alarms_.insert({alarm, id});
  watch.alarm = alarm;
}

// Something happened to the people from `first` to `last`: they are due now. Whether anybody watches them.
bool WatchRegistry::mark_due(const UserKey& first, const UserKey& last, Time now) {
  const auto begin = people_.lower_bound(first);
  auto person = begin;
  for (; person != people_.end() && person->first <= last; ++person) {
    WatchedPerson& changed = person->second;
    if (now < changed.due)
      set_due(person->first, changed, now);
    else if (changed.next != 0)
      changed.repeat_at = std::min(changed.repeat_at, now);
  }
  return person != begin;
}

void WatchRegistry::forget(Id id) {
  const auto watch = watches_.find(id);
  if (watch == watches_.end()) return;
  set_alarm(id, watch->second, kNever);
  for (const UserKey& key : watch->second.people) {
    const auto person = people_.find(key);
    person->second.watched_by.erase(id);
    if (!person->second.watched_by.empty()) continue;
    set_due(key, person->second, kNever);
    people_.erase(person);
  }
  if (const auto& tenant = watch->second.tenant) {
    const auto place = tenants_.find(*tenant);
    place->second.erase(id);
    if (place->second.empty()) tenants_.erase(place);
  }
  watches_.erase(watch);
  watched_ = watches_.size();
}

void WatchRegistry::end(Lock& lock) {
  std::vector<std::shared_ptr<Watcher>> last;
  for (auto& [id, watch] : watches_) last.push_back(std::move(watch.watcher));
  watches_.clear();
  people_.clear();
  tenants_.clear();
  due_.clear();
  alarms_.clear();
  watched_ = 0;
  lock.unlock();
  for (const auto& watcher : last) watcher->on_closed();
  last.clear();
  lock.lock();
  closed_ = true;
  settled_.notify_all();
}

}  // namespace porchlight::watch
