// The work of a WatchRegistry that is not due at a time, much of it for very many people: a portion at a time.
#include <algorithm>

#include "base/check.h"
#include "base/sorted.h"
#include "presence/rules.h"
#include "watch/watch_registry.h"

namespace porchlight::watch {

using presence::kNever;
using state::UserKey;

namespace {

bool names_any(const presence::Record& record, std::span<const Guid> groups) {
  if (!record.extras || !record.extras->visibility) return false;
  return std::ranges::any_of(record.extras->visibility->groups,
                             [&](const Guid& group) { return std::ranges::binary_search(groups, group); });
}

}  // namespace

void WatchRegistry::run_task() {
  QueuedTask queued = tasks_.pop();
  is_dispatching_ = true;
  const bool is_finished = std::visit(
      [&](auto& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return run_portion(task); }, queued.task);
  is_dispatching_ = false;
  if (!is_finished) queue_task(queued.tenant, std::move(queued.task));
  release();
  acquire();
}

// As ScanTenant: an event meanwhile makes its person due, so an old reading is followed by a new one.
void WatchRegistry::read_new_people() {
  const auto end =
      new_people_.begin() + static_cast<std::ptrdiff_t>(std::min(new_people_.size(), kStepsPerHold / 2));
  const std::vector<std::pair<UserKey, Time>> people(new_people_.begin(), end);
  new_people_.erase(new_people_.begin(), end);
  count_steps(people.size());
  is_dispatching_ = true;
  release();
  std::vector<PersonReading> readings;
  for (const auto& [key, from] : people)
    view_.read(key, [&](const presence::Record& record) {
      const PersonReading reading = read(key, record, from);
      if (reading.is_noted()) readings.push_back(reading);
    });
  acquire();
  for (const PersonReading& reading : readings) schedule_person(reading);
  is_dispatching_ = false;
}

// The first call follows when all people are in people_. It covers their changes until then.
bool WatchRegistry::run_portion(UpdateWatch& task) {
  const auto place = watches_.find(task.id);
  CHECK(place != watches_.end());
  Watch& watch = place->second;
  const std::vector<UserKey>& people = *watch.people;
  if (watch.watcher) {
    for (; watch.added < people.size(); ++watch.added) {
      if (!has_room(kStepsPerEntry)) return false;
      add_key(task.id, people[watch.added], watch.began);
    }
    watch.is_queued = false;
    watch.is_first = !watch.quiet_until;
    set_alarm(task.id, watch, not_before_dispatched(watch.quiet_until.value_or(watch.began)));
    wake_.notify_all();
    return true;
  }
  for (; watch.added > 0; --watch.added) {
    if (!has_room(kStepsPerEntry)) return false;
    remove_key(task.id, people[watch.added - 1]);
  }
  watches_.erase(place);
  return true;
}

// Reads without the lock. An event meanwhile makes its person due, so an old reading is followed by a new one.
bool WatchRegistry::run_portion(ScanTenant& task) {
  const auto is_current = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto tenant = tenants_.find(task.tenant);
    return tenant != tenants_.end() && tenant->second.scanned_for == task.scanned_for;
  };
  if (!is_current()) return true;
  release();
  std::vector<PersonReading> readings;
  task.after = view_.scan_presences(task.tenant, task.after, kStepsPerHold / 2,
                                    [&](const Guid& id, const presence::Record& record) {
                                      const auto reading = read({task.tenant, id}, record, task.from);
                                      if (reading.is_noted()) readings.push_back(reading);
                                      return true;
                                    });
  acquire();
  if (!is_current()) return true;
  for (const PersonReading& reading : readings) schedule_person(reading);
  tenants_.at(task.tenant).is_scanned = !task.after;
  return !task.after;
}

bool WatchRegistry::run_portion(DropTenant& task) {
  if (tenants_.contains(task.next.tenant)) return true;
  for (auto person = people_.lower_bound(task.next); person != people_.end();) {
    if (person->first.tenant != task.next.tenant) return true;
    if (!has_room(kStepsPerEntry)) {
      task.next = person->first;
      return false;
    }
    count_steps();
    person = person->second.watched_by.empty() ? erase_person(person) : std::next(person);
  }
  return true;
}

// Waits for the scan of the tenant, which finds people whose visibility names groups.
bool WatchRegistry::run_portion(SweepGroups& task) {
  const auto tenant = tenants_.find(task.tenant);
  if (tenant != tenants_.end() && !tenant->second.is_scanned) return false;
  std::vector<UserKey> keys;
  auto key = group_viewed_.lower_bound({task.tenant, task.next});
  for (; key != group_viewed_.end() && key->tenant == task.tenant && keys.size() < kStepsPerHold / 4; ++key)
    keys.push_back(*key);
  count_steps(keys.size());
  const bool is_last = key == group_viewed_.end() || key->tenant != task.tenant;
  if (!is_last) task.next = key->user;
  release();
  std::erase_if(keys, [&](const UserKey& one) {
    bool names = false;
    view_.read(one, [&](const presence::Record& record) { names = names_any(record, task.groups); });
    return !names;
  });
  acquire();
  for (const UserKey& one : keys) mark_due(one, not_before_dispatched(task.at));
  if (!is_last) return false;
  const auto changed = changed_groups_.find(task.tenant);
  if (changed->second.groups.empty()) {
    changed_groups_.erase(changed);
    return true;
  }
  task = {task.tenant, std::exchange(changed->second.groups, {}), {}, changed->second.at};
  sort_unique(task.groups);
  return false;
}

// People who are in the tables for the watches of their tenant only look the same whatever other tenants trust.
bool WatchRegistry::run_portion(SweepAll& task) {
  for (auto person = people_.lower_bound(task.next); person != people_.end(); ++person) {
    if (!has_room(kStepsPerEntry)) {
      task.next = person->first;
      return false;
    }
    count_steps();
    if (!person->second.watched_by.empty())
      mark_person_due(person->first, person->second, not_before_dispatched(task.at));
  }
  return true;
}

// A person of a watched tenant that is not in the tables may have changed after `since`, and changes back now: the scan
// finds that change, which is due.
bool WatchRegistry::run_portion(SweepShards& task) {
  if (!task.changed) task.changed = std::exchange(changed_holds_, ChangedHolds{});
  const auto& [shards, since, at] = *task.changed;
  if (!task.next_tenant) {
    for (auto person = people_.lower_bound(task.next); person != people_.end(); ++person) {
      const UserKey& key = person->first;
      if (!has_room(kStepsPerEntry)) {
        task.next = key;
        return false;
      }
      count_steps();
      if (shards.test(state::shard_of(key.tenant, key.user)))
        mark_person_due(key, person->second, not_before_dispatched(at));
    }
    task.next_tenant = Guid{};
  }
  if (since == kNever) return true;
  for (auto tenant = tenants_.lower_bound(*task.next_tenant); tenant != tenants_.end(); ++tenant) {
    if (!has_room(kStepsPerEntry)) {
      task.next_tenant = tenant->first;
      return false;
    }
    queue_task(tenant->first, ScanTenant{tenant->first, tenant->second.scanned_for, since, std::nullopt});
  }
  return true;
}

}  // namespace porchlight::watch
