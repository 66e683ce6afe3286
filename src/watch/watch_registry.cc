// How a change reaches the watchers:
//
//   on_applied()      marks the people of the batch as due, on the writer's thread
//   run()             finds the earliest due time of people and watches, and dispatches it
//   collect_due()     moves what is due into a DueBatch, under the lock
//   deliver()         calls the watchers and computes when time alone changes each person next, without the lock
//   reschedule()      stores these times, under the lock again
//
// Invariants: a person is in people_ while a watch has them; `due` of a person and `alarm` of a watch equal their
// key in due_ and alarms_. What happens during deliver() sets `due` and `alarm` again, and reschedule() keeps the
// earlier time, so no change is lost. A change costs O(log n) for the person and each of their watchers.
#include "watch/watch_registry.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/sorted.h"
#include "presence/rules.h"
#include "watch/target.h"

namespace porchlight::watch {

using presence::kNever;
using state::UserKey;

namespace {

// The longest sleep. The system clock counts nanoseconds: a later time might not fit.
constexpr Duration kSleepMax = std::chrono::days(1);

// Watchers that one dispatch calls. The lock is free between two dispatches.
constexpr std::size_t kCallsPerDispatch = 256;

// The first and the last id in order.
constexpr Guid kFirst{};
constexpr Guid kLast = [] {
  Guid last;
  last.bytes.fill(0xFF);
  return last;
}();

// The people whose presence may look different to a watcher after an event. A trust changes what all tenants see
// of each other, a group what its tenant sees.
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

// The changes and calls of one dispatch, taken out of the registry so that they need no lock.
struct WatchRegistry::DueBatch {
  struct WatcherCall {
    Id id;
    std::shared_ptr<Watcher> watcher;
    std::vector<UserKey> changed;
    std::optional<Time> alarm;  // the result of on_change()
  };
  struct ChangedPerson {
    UserKey key;
    std::optional<Time> next;  // the next change by time alone
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
  sort_unique(people);
  const MutexLock lock(mutex_);
  if (closing_) return std::nullopt;
  return add(std::move(people), std::move(watcher));
}

std::optional<WatchRegistry::Id> WatchRegistry::watch_tenant(const Guid& tenant,
                                                             std::shared_ptr<Watcher> watcher) {
  const MutexLock lock(mutex_);
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
  watch_count_ = watches_.size();
  set_alarm(id, watch.first->second, now);
  wake_.notify_all();
  return id;
}

// Returns false if the watch has the person already.
bool WatchRegistry::add_watch(Id id, const UserKey& key, Time now) {
  const auto [person, is_new] =
      people_.try_emplace(key, WatchedPerson{.watched_by = {}, .due = kNever, .repeat_at = kNever});
  // Due at once: the dispatch computes the next change.
  if (is_new) set_due(key, person->second, now);
  return person->second.watched_by.insert(id).second;
}

// Adds a person to the watches of their tenant.
void WatchRegistry::add_member(const UserKey& key, Time now) {
  const auto tenant = tenants_.find(key.tenant);
  if (tenant == tenants_.end()) return;
  for (const Id id : tenant->second)
    if (add_watch(id, key, now)) watches_.at(id).people.push_back(key);
}

void WatchRegistry::wake(Id id) {
  const MutexLock lock(mutex_);
  const auto watch = watches_.find(id);
  if (watch == watches_.end()) return;
  set_alarm(id, watch->second, clock_.wall());
  wake_.notify_all();
}

void WatchRegistry::unwatch(Id id) {
  const MutexLock lock(mutex_);
  forget(id);
}

std::size_t WatchRegistry::count() const {
  const MutexLock lock(mutex_);
  return watches_.size();
}

void WatchRegistry::clock_advanced() {
  const MutexLock lock(mutex_);
  wake_.notify_all();
  while (!closed_ && (is_dispatching_ || first_due() <= clock_.wall())) settled_.wait(mutex_);
}

void WatchRegistry::close() {
  const MutexLock lock(mutex_);
  closing_ = true;
  wake_.notify_all();
  while (!closed_) settled_.wait(mutex_);
}

// The relaxed read of the count is safe: a watcher registers before it reads a person. If its read returned the
// old state, it went through the lock of the person's shard before this batch did, and the count is visible here.
void WatchRegistry::on_applied(const log::Batch& batch) {
  if (watch_count_.load(std::memory_order_relaxed) == 0) return;
  const MutexLock lock(mutex_);
  const Time now = clock_.wall();
  bool is_watched = false;
  for (const log::Event& event : batch.events) {
    const UserKey key{event.tenant, event.subject};
    switch (change_scope(event)) {
      case ChangeScope::kPerson:
        if (!tenants_.empty()) add_member(key, now);
        is_watched |= mark_due(key, key, now);
        // Adding or removing a user changes the directory of the tenant.
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
  const MutexLock lock(mutex_);
  while (!closing_) {
    const Time due = first_due();
    if (due <= clock_.wall()) {
      dispatch(due);
      continue;
    }
    settled_.notify_all();
    sleep_until(due);
  }
  end();
}

void WatchRegistry::sleep_until(Time due) {
  if (due == kNever || clock_.is_manual()) return wake_.wait(mutex_);
  wake_.wait_until(mutex_, std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kSleepMax)));
}

void WatchRegistry::dispatch(Time now) {
  DueBatch batch = collect_due(now);
  is_dispatching_ = true;
  mutex_.unlock();
  deliver(batch);
  mutex_.lock();
  is_dispatching_ = false;
  reschedule(batch);
}

// Takes what is due by `now`, up to kCallsPerDispatch watchers. If a person has more watchers than fit, they stay
// due and the next dispatch goes on behind the last watcher. A change of the person in between (repeat_at) makes
// them due once more, for all watchers, so that the first ones see it too.
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
    set_alarm(id, watch, kNever);  // until reschedule(), only wake() and a change set it
    batch.calls.push_back({id, watch.watcher, std::exchange(watch.pending, {}), std::nullopt});
  }
  return batch;
}

// Adds the watchers of a person to the calls of this dispatch, as far as the limit allows. Returns whether that
// was all of them.
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
    sort_unique(call.changed);
    call.alarm = call.watcher->on_change(batch.now, call.changed);
  }
}

// Skips people and watches that ended during the calls. Changes during the calls have set an earlier time, which
// is kept.
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

// When time alone changes the person next. Returns nullopt if the person does not exist.
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

// Makes the watched people from `first` to `last` due now. Returns whether there are any. A person
// with watchers still to be collected is due already, and is marked to be repeated for all of them.
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

// Removes the watch, and the people that no other watch has.
void WatchRegistry::forget(Id id) {
  const auto watch = watches_.find(id);
  if (watch == watches_.end()) return;
  set_alarm(id, watch->second, kNever);
  for (const UserKey& key : watch->second.people) {
    const auto person = people_.find(key);
    CHECK(person != people_.end());
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
  watch_count_ = watches_.size();
}

// Calls on_closed() of all watchers, without the lock, and releases them before close() returns.
void WatchRegistry::end() {
  std::vector<std::shared_ptr<Watcher>> last;
  for (auto& [id, watch] : watches_) last.push_back(std::move(watch.watcher));
  watches_.clear();
  people_.clear();
  tenants_.clear();
  due_.clear();
  alarms_.clear();
  watch_count_ = 0;
  mutex_.unlock();
  for (const auto& watcher : last) watcher->on_closed();
  last.clear();
  mutex_.lock();
  closed_ = true;
  settled_.notify_all();
}

}  // namespace porchlight::watch
