// One dispatch of a WatchRegistry: takes what is due, calls the watchers, and stores when each person and watcher is
// due next.
#include <algorithm>

#include "base/sorted.h"
#include "presence/rules.h"
#include "watch/watch_registry.h"

namespace porchlight::watch {

using presence::kNever;
using state::UserKey;

namespace {

// Steps for one more call of a dispatch: the person, the watcher and their pair, and later its next call.
constexpr std::size_t kStepsPerCall = 4;
}  // namespace

// The changes and calls of one dispatch, taken out of the registry so that they need no lock.
struct WatchRegistry::DueBatch {
  struct WatcherCall {
    Id id;
    std::shared_ptr<Watcher> watcher;
    People all;                    // of the first call; else null
    std::vector<UserKey> changed;  // of later calls
    std::optional<Time> alarm;     // the result of on_change()
  };
  Time now;
  std::vector<PersonReading> people;
  absl::btree_set<Id> ids;  // of the watches to call
  std::vector<WatcherCall> calls;
};

// What is read in between is stored before the watchers are called: a group that changes later finds the people whose
// visibility names it, and one that changed before is seen by the calls.
void WatchRegistry::dispatch(Time now) {
  DueBatch batch{now, {}, {}, {}};
  is_dispatching_ = true;
  dispatched_ = std::max(dispatched_, now);
  changed_since_ = now;
  collect_people(batch);
  collect_calls(batch);
  release();
  read_people(batch);
  acquire();
  for (const PersonReading& reading : batch.people) schedule_person(reading);
  release();
  call_watchers(batch);
  acquire();
  schedule_calls(batch);
  release();
  batch.calls.clear();  // may destroy watchers
  acquire();
  is_dispatching_ = false;
}

// Takes people who are due by `now`, as far as this hold of the lock has room. If a person has more watchers than fit,
// they stay due and the next dispatch goes on behind the last watcher. A change of the person in between (repeat_at)
// makes them due once more, for all watchers, so that the first ones see it too.
void WatchRegistry::collect_people(DueBatch& batch) {
  while (has_room(kStepsPerCall) && !due_.empty() && due_.begin()->first <= batch.now) {
    const UserKey key = due_.begin()->second;
    WatchedPerson& person = people_.at(key);
    count_steps();
    if (!collect_watchers(key, person, batch.ids)) return;
    delays_.add(static_cast<std::uint64_t>((batch.now - due_.begin()->first).count()));
    changed_since_ = std::min(changed_since_, due_.begin()->first);
    set_due(key, person, std::exchange(person.repeat_at, kNever));
    batch.people.push_back({.key = key});
  }
}

// Adds the watchers of a person, and of their tenant, to the calls of this dispatch, as far as there is room. Returns
// whether that was all of them.
bool WatchRegistry::collect_watchers(const UserKey& key, WatchedPerson& person, absl::btree_set<Id>& ids) {
  const auto tenant = tenants_.find(key.tenant);
  const auto watcher_from = [&](Id from) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto own = person.watched_by.lower_bound(from);
    Id first = own == person.watched_by.end() ? 0 : *own;
    if (tenant == tenants_.end()) return first;
    const auto shared = tenant->second.watched_by.lower_bound(from);
    if (shared != tenant->second.watched_by.end() && (first == 0 || *shared < first)) first = *shared;
    return first;
  };
  for (Id id = watcher_from(std::exchange(person.next, 0)); id != 0; id = watcher_from(id + 1)) {
    if (!has_room(kStepsPerCall)) {
      person.next = id;
      return false;
    }
    count_steps();
    Watch& watch = watches_.at(id);
    if (!watch.is_called()) continue;
    if (!watch.is_first) watch.pending.push_back(key);
    if (ids.insert(id).second) count_steps(2);
  }
  return true;
}

// Takes the calls that are due for people or by their alarm.
void WatchRegistry::collect_calls(DueBatch& batch) {
  while (has_room(kStepsPerCall) && !alarms_.empty() && alarms_.begin()->first <= batch.now) {
    const Id id = alarms_.begin()->second;
    count_steps(3);
    set_alarm(id, watches_.at(id), kNever);
    batch.ids.insert(id);
  }
  for (const Id id : batch.ids) {
    Watch& watch = watches_.at(id);
    set_alarm(id, watch, kNever);  // until schedule_calls(), only wake() and a change set it
    const bool is_first = std::exchange(watch.is_first, false);
    batch.calls.push_back({.id = id,
                           .watcher = watch.watcher,
                           .all = is_first ? watch.people : nullptr,
                           .changed = std::exchange(watch.pending, {}),
                           .alarm = std::nullopt});
  }
}

void WatchRegistry::read_people(DueBatch& batch) const {
  for (PersonReading& person : batch.people)
    view_.read(person.key,
               [&](const presence::Record& record) { person = read(person.key, record, batch.now); });
}

// A change whose time has come while the person is held shows at the end of the hold.
WatchRegistry::PersonReading WatchRegistry::read(const UserKey& key, const presence::Record& record,
                                                 Time now) const {
  const bool is_restricted = record.extras && record.extras->visibility;
  const auto held = view_.held(key, record, now);
  const Time next = presence::unchanged_until(record, held ? held->from : now, policy_).value_or(kNever);
  return {.key = key,
          .next = held && next <= now ? held->until : next,
          .names_groups = is_restricted && !record.extras->visibility->groups.empty()};
}

void WatchRegistry::call_watchers(DueBatch& batch) {
  for (DueBatch::WatcherCall& call : batch.calls) {
    sort_unique(call.changed);
    call.alarm = call.watcher->on_change(batch.now, call.all ? *call.all : call.changed);
  }
}

// Stores a reading. A change meanwhile has set an earlier time, which is kept.
void WatchRegistry::schedule_person(const PersonReading& reading) {
  count_steps();
  auto place = people_.find(reading.key);
  if (place == people_.end()) {
    if (!reading.is_noted() || !tenants_.contains(reading.key.tenant)) return;
    place = people_.try_emplace(reading.key).first;
  }
  WatchedPerson& person = place->second;
  set_names_groups(reading.key, person, reading.names_groups);
  if (reading.next < person.due) set_due(reading.key, person, not_before_dispatched(reading.next));
  if (!is_needed(reading.key, person)) erase_person(place);
}

// Skips watches that ended during the calls. A change during the calls has set an earlier time, which is kept.
void WatchRegistry::schedule_calls(const DueBatch& batch) {
  for (const DueBatch::WatcherCall& call : batch.calls) {
    count_steps();
    const auto watch = watches_.find(call.id);
    if (watch == watches_.end() || !watch->second.watcher) continue;
    if (call.alarm)
      set_alarm(call.id, watch->second, std::min(*call.alarm, watch->second.alarm));
    else
      forget(call.id);
  }
}

}  // namespace porchlight::watch
