// How a change reaches the watchers:
//
// (The functions from collect_people() on are in watch_dispatch.cc, the portions of other work in watch_tasks.cc.)
//
//   on_applied()         marks the people of the batch as due, on the writer's thread
//   run()                finds the earliest due time of people and watches, and dispatches it
//   collect_people()     takes what is due into a DueBatch, under the lock
//   read_people()        computes when time alone changes each person next, without the lock
//   schedule_person()    stores that time, under the lock
//   call_watchers()      calls the watchers, without the lock
//   schedule_calls()     stores the times of their next calls, under the lock
//
// Invariants: a person is in people_ while a watch names them; `due` of a person and `alarm` of a watch equal their
// key in due_ and alarms_. What happens without the lock sets `due` and `alarm` again, and the earlier time is kept,
// so no change is lost. A change costs O(log n) for the person and each of their watchers.
//
// A watched tenant has one entry. Of its people only those are in people_ that time alone changes, or whose visibility
// names groups; an event adds its person. So the watches of a tenant share all entries.
//
// The registry's thread holds the lock for at most kStepsPerHold entries. Longer work is a Task, of which it does a
// portion at a time, the tenants in turn. Other threads touch a few entries, and queue the rest as a task.
#include "watch/watch_registry.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/sorted.h"
#include "presence/rules.h"

namespace porchlight::watch {

using presence::kNever;
using state::UserKey;

namespace {

// The longest sleep. The system clock counts nanoseconds: a later time might not fit.
constexpr Duration kSleepMax = std::chrono::days(1);

// Steps for one event: the subject, the directory of its tenant, and a task.
constexpr std::size_t kStepsPerEvent = 3;
// Steps for one more watch, without its people.
constexpr std::size_t kStepsPerWatch = 2;
// How often the registry's thread lets callers go first that wait for the lock, before it takes the lock again.
constexpr int kYieldsMax = 100;

// The people whose presence may look different to a watcher after an event.
enum class ChangeScope : std::uint8_t {
  kNone,
  kPerson,
  kUser,        // the person, and the directory of the tenant
  kApp,         // the callers of the application, and the directory
  kGroup,       // those who follow the group, and people whose visibility names it
  kAllTenants,  // a trust changes what all tenants see of each other
};

ChangeScope change_scope(const log::Event& event) {
  const auto* change = std::get_if<log::DirectoryEvent>(&event.body);
  if (change == nullptr) return ChangeScope::kPerson;
  return std::visit(Overloaded{
                        [](const directory::UserPut&) { return ChangeScope::kUser; },
                        [](const directory::UserRemoved&) { return ChangeScope::kUser; },
                        [](const directory::AppPut&) { return ChangeScope::kApp; },
                        [](const directory::AppRemoved&) { return ChangeScope::kApp; },
                        [](const directory::GroupPut&) { return ChangeScope::kGroup; },
                        [](const directory::GroupRemoved&) { return ChangeScope::kGroup; },
                        [](const directory::AdministratorSet&) { return ChangeScope::kNone; },
                        [](const directory::TenantPut&) { return ChangeScope::kAllTenants; },
                        [](const directory::TenantRemoved&) { return ChangeScope::kAllTenants; },
                    },
                    change->what);
}

// The key of the directory of a tenant.
UserKey directory_key(const Guid& tenant) { return {tenant, Guid{}}; }

}  // namespace

// Holds the lock for a scope, on another thread than the registry's, which lets it go first.
class ABSL_SCOPED_LOCKABLE WatchRegistry::CallerLock {
 public:
  explicit CallerLock(const WatchRegistry& registry) ABSL_EXCLUSIVE_LOCK_FUNCTION(registry.mutex_)
      : registry_(registry) {
    ++registry.waiting_callers_;
    registry.mutex_.lock();
    --registry.waiting_callers_;
    registry.steps_ = 0;
  }
  ~CallerLock() ABSL_UNLOCK_FUNCTION() { registry_.mutex_.unlock(); }
  CallerLock(const CallerLock&) = delete;
  CallerLock& operator=(const CallerLock&) = delete;

 private:
  const WatchRegistry& registry_;
};

void WatchRegistry::release() const { mutex_.unlock(); }

// A mutex goes to the thread that asks first, and this thread would ask again before a sleeping one wakes up.
void WatchRegistry::acquire() const {
  for (int yields = 0; yields < kYieldsMax && waiting_callers_ > 0; ++yields) std::this_thread::yield();
  mutex_.lock();
  steps_ = 0;
}

bool WatchRegistry::has_room(std::size_t steps) const { return steps_ + steps <= kStepsPerHold; }

void WatchRegistry::count_steps(std::size_t steps) { most_steps_ = std::max(most_steps_, steps_ += steps); }

WatchRegistry::WatchRegistry(state::View& view, const Clock& clock, const presence::Policy& policy)
    : view_(view), clock_(clock), policy_(policy) {
  view.add_listener(*this);
  thread_ = std::thread([this] { run(); });
}

WatchRegistry::~WatchRegistry() { close(); }

std::optional<WatchRegistry::Id> WatchRegistry::watch(std::vector<UserKey> people,
                                                      std::shared_ptr<Watcher> watcher) {
  sort_unique(people);
  return add(std::move(people), std::move(watcher), std::nullopt);
}

std::optional<WatchRegistry::Id> WatchRegistry::watch_tenant(const Guid& tenant,
                                                             std::shared_ptr<Watcher> watcher) {
  return add({directory_key(tenant)}, std::move(watcher), tenant);
}

std::optional<WatchRegistry::Id> WatchRegistry::add(std::vector<UserKey> people,
                                                    std::shared_ptr<Watcher> watcher,
                                                    const std::optional<Guid>& tenant) {
  auto shared = std::make_shared<const std::vector<UserKey>>(std::move(people));
  const CallerLock lock(*this);
  if (closing_) return std::nullopt;
  return add_watch({.watcher = std::move(watcher),
                    .people = std::move(shared),
                    .began = clock_.wall(),
                    .tenant = tenant,
                    .pending = {},
                    .alarm = kNever,
                    .quiet_until = std::nullopt});
}

std::vector<WatchRegistry::Id> WatchRegistry::watch_all(std::span<QuietWatch> watches) {
  std::vector<Id> ids;
  ids.reserve(watches.size());
  std::vector<People> people;
  people.reserve(watches.size());
  for (QuietWatch& one : watches) {
    sort_unique(one.people);
    people.push_back(std::make_shared<const std::vector<UserKey>>(std::move(one.people)));
  }
  while (ids.size() < watches.size()) {
    const CallerLock lock(*this);
    if (closing_) return ids;
    const Time now = clock_.wall();
    do {
      QuietWatch& next = watches[ids.size()];
      ids.push_back(add_watch({.watcher = std::move(next.watcher),
                               .people = std::move(people[ids.size()]),
                               .began = now,
                               .tenant = std::nullopt,
                               .pending = {},
                               .alarm = kNever,
                               .quiet_until = next.first_call}));
    } while (ids.size() < watches.size() &&
             has_room(kStepsPerWatch + kStepsPerEntry * people[ids.size()]->size()));
  }
  return ids;
}

WatchRegistry::Id WatchRegistry::add_watch(Watch watch) {
  const Id id = ++last_id_;
  count_steps();
  const Watch& added = watches_.emplace_hint(watches_.end(), id, std::move(watch))->second;
  ++watch_count_;
  if (added.tenant) add_to_tenant(*added.tenant, id, added.began);
  update_or_queue(id);
  return id;
}

// The first watch of a tenant begins a scan of its people. Until it has come to a person, only events change them for
// the watchers; what time has changed by then is reported late.
void WatchRegistry::add_to_tenant(const Guid& tenant, Id id, Time now) {
  count_steps();
  const auto [place, is_new] =
      tenants_.try_emplace(tenant, WatchedTenant{.watched_by = {}, .scanned_for = id});
  place->second.watched_by.insert(id);
  if (is_new) queue_task(tenant, ScanTenant{tenant, id, now, std::nullopt});
}

void WatchRegistry::remove_from_tenant(const Guid& tenant, Id id) {
  count_steps();
  const auto place = tenants_.find(tenant);
  CHECK(place != tenants_.end());
  place->second.watched_by.erase(id);
  if (!place->second.watched_by.empty()) return;
  tenants_.erase(place);
  queue_task(tenant, DropTenant{directory_key(tenant)});
}

// The next change of a new person is read without the lock.
void WatchRegistry::add_key(Id id, const UserKey& key, Time began) {
  count_steps();
  const auto [person, is_new] = people_.try_emplace(key);
  if (is_new) new_people_.emplace_back(key, began);
  person->second.watched_by.insert(id);
}

void WatchRegistry::remove_key(Id id, const UserKey& key) {
  count_steps();
  const auto person = people_.find(key);
  CHECK(person != people_.end());
  person->second.watched_by.erase(id);
  if (!is_needed(key, person->second)) erase_person(person);
}

// Ends a watch, and returns its watcher, to be released without the lock.
std::shared_ptr<Watcher> WatchRegistry::forget(Id id) {
  const auto place = watches_.find(id);
  if (place == watches_.end() || !place->second.watcher) return nullptr;
  Watch& watch = place->second;
  count_steps();
  set_alarm(id, watch, kNever);
  std::shared_ptr<Watcher> watcher = std::exchange(watch.watcher, nullptr);
  --watch_count_;
  if (watch.tenant) remove_from_tenant(*watch.tenant, id);
  update_or_queue(id);
  return watcher;
}

// Does at once as much as this hold of the lock has room for: all of it for most watches.
void WatchRegistry::update_or_queue(Id id) {
  Watch& watch = watches_.at(id);
  if (watch.is_queued) return;
  UpdateWatch task{id};
  const Guid tenant = watch.people->empty() ? Guid{} : watch.people->front().tenant;
  if (run_portion(task)) return;
  watch.quiet_until.reset();  // changes before its people are complete are not reported
  watch.is_queued = true;
  queue_task(tenant, task);
}

void WatchRegistry::call_watchers_of(const UserKey& key) {
  const CallerLock lock(*this);
  const Time now = clock_.wall();
  mark_due(key, now);
  mark_due(directory_key(key.tenant), now);
}

// The shards of a server that has lost its disk change one after the other, and are swept together.
void WatchRegistry::recheck_shard(std::uint32_t shard, Time since) {
  const CallerLock lock(*this);
  if (changed_holds_.shards.none()) queue_task({}, SweepShards{});
  changed_holds_.shards.set(shard);
  changed_holds_.since = std::min(changed_holds_.since, since);
  changed_holds_.at = clock_.wall();
}

void WatchRegistry::wake(Id id) {
  const CallerLock lock(*this);
  const auto watch = watches_.find(id);
  if (watch == watches_.end() || !watch->second.is_called()) return;
  count_steps();
  set_alarm(id, watch->second, clock_.wall());
  wake_.notify_all();
}

void WatchRegistry::unwatch(Id id) {
  std::shared_ptr<Watcher> released;
  const CallerLock lock(*this);
  released = forget(id);
}

std::size_t WatchRegistry::most_steps() const {
  const CallerLock lock(*this);
  return most_steps_;
}

std::size_t WatchRegistry::people_count() const {
  const CallerLock lock(*this);
  return people_.size();
}

void WatchRegistry::clock_advanced() {
  const CallerLock lock(*this);
  wake_.notify_all();
  while (!closed_ && (is_dispatching_ || has_work() || first_due() <= clock_.wall())) settled_.wait(mutex_);
}

void WatchRegistry::await_closed() {
  const CallerLock lock(*this);
  closing_ = true;
  wake_.notify_all();
  while (!closed_) settled_.wait(mutex_);
}

void WatchRegistry::close() {
  await_closed();
  if (thread_.joinable()) thread_.join();
}

// The relaxed read of the count is safe: a watcher registers before it reads a person. If its read returned the
// old state, it went through the lock of the person's shard before this batch did, and the count is visible here.
void WatchRegistry::on_applied(const log::Batch& batch) {
  if (watch_count_.load(std::memory_order_relaxed) == 0) return;
  const Time now = clock_.wall();
  for (std::span<const log::Event> rest = batch.events; !rest.empty();) {
    const CallerLock lock(*this);
    for (; !rest.empty() && has_room(kStepsPerEvent); rest = rest.subspan(1)) on_event(rest.front(), now);
  }
}

void WatchRegistry::on_event(const log::Event& event, Time now) {
  const UserKey key{event.tenant, event.subject};
  const ChangeScope scope = change_scope(event);
  if (scope == ChangeScope::kNone) return;
  if (scope == ChangeScope::kAllTenants) return queue_task({}, SweepAll{{}, now});
  const bool is_person = scope == ChangeScope::kPerson || scope == ChangeScope::kUser;
  if (is_person && tenants_.contains(key.tenant)) people_.try_emplace(key);
  mark_due(key, now);
  if (scope == ChangeScope::kUser || scope == ChangeScope::kApp) mark_due(directory_key(key.tenant), now);
  if (scope == ChangeScope::kGroup) queue_group_sweep(key, now);
}

void WatchRegistry::queue_task(const Guid& tenant, WatchTask task) {
  count_steps();
  tasks_.push({.tenant = std::hash<Guid>()(tenant)}, {tenant, std::move(task)});
  wake_.notify_all();
}

// One sweep at a time for a tenant. Groups that change during a sweep are for the next one.
void WatchRegistry::queue_group_sweep(const UserKey& group, Time now) {
  const auto [changed, is_new] = changed_groups_.try_emplace(group.tenant);
  if (is_new) return queue_task(group.tenant, SweepGroups{group.tenant, {group.user}, {}, now});
  if (changed->second.groups.empty()) changed->second.at = now;
  changed->second.groups.push_back(group.user);
}

// With a manual clock, all other work comes first, so that calls are made in order of time without exception.
void WatchRegistry::run() {
  acquire();
  while (!closing_) {
    if (!new_people_.empty()) read_new_people();
    if (!tasks_.empty()) run_task();
    if (clock_.is_manual() && has_work()) continue;
    const Time due = first_due();
    if (due <= clock_.wall()) {
      dispatch(due);
    } else if (!has_work() && !closing_) {
      settled_.notify_all();
      sleep_until(due);
      steps_ = 0;
    }
  }
  end();
  release();
}

void WatchRegistry::sleep_until(Time due) {
  if (due == kNever || clock_.is_manual()) return wake_.wait(mutex_);
  wake_.wait_until(mutex_, std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kSleepMax)));
}

Time WatchRegistry::first_due() const {
  Time first = kNever;
  if (!due_.empty()) first = due_.begin()->first;
  if (!alarms_.empty()) first = std::min(first, alarms_.begin()->first);
  return first;
}

// If the clock was set back since, its present time is the bound.
Time WatchRegistry::not_before_dispatched(Time at) const {
  return std::max(at, std::min(dispatched_, clock_.wall()));
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

// A dispatch of the person that is under way adds them again if their tenant needs them.
bool WatchRegistry::is_needed(const UserKey& key, const WatchedPerson& person) const {
  if (!person.watched_by.empty()) return true;
  return (person.due != kNever || person.names_groups) && tenants_.contains(key.tenant);
}

// Does nothing for a person who is not in people_.
void WatchRegistry::mark_due(const UserKey& key, Time now) {
  count_steps();
  const auto person = people_.find(key);
  if (person != people_.end()) mark_person_due(key, person->second, now);
}

// A person with watchers still to be collected is due already, and is marked to be repeated for all of them.
void WatchRegistry::mark_person_due(const UserKey& key, WatchedPerson& person, Time now) {
  if (now < person.due)
    set_due(key, person, now);
  else if (person.next != 0)
    person.repeat_at = std::min(person.repeat_at, now);
  wake_.notify_all();
}

void WatchRegistry::set_names_groups(const UserKey& key, WatchedPerson& person, bool names) {
  if (std::exchange(person.names_groups, names) == names) return;
  if (names)
    group_viewed_.insert(key);
  else
    group_viewed_.erase(key);
}

WatchRegistry::PersonPlace WatchRegistry::erase_person(PersonPlace person) {
  count_steps();
  set_due(person->first, person->second, kNever);
  set_names_groups(person->first, person->second, false);
  return people_.erase(person);
}

// Calls on_closed() of all watchers, without the lock, and releases them before close() returns. The tables are left to
// the destructor: to free millions of entries takes seconds.
void WatchRegistry::end() {
  std::vector<std::shared_ptr<Watcher>> last;
  for (auto& [id, watch] : watches_)
    if (watch.watcher) last.push_back(std::move(watch.watcher));
  watch_count_ = 0;
  release();
  for (const auto& watcher : last) watcher->on_closed();
  last.clear();
  acquire();
  closed_ = true;
  settled_.notify_all();
}

}  // namespace porchlight::watch
