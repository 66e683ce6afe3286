// Calls watchers when the presence of a watched person may have changed: after an event, or when time alone
// changes it or its next planned change (presence::unchanged_until). Nothing is polled, and a person without a watcher
// costs nothing.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <atomic>
#include <bitset>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/fair_queue.h"
#include "base/mutex.h"
#include "presence/location.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::watch {

// Receives the changes of the people that it watches. Both functions run on the registry's thread and must not
// block.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // The presence of these people, in order of key and each once, may have changed at `now`. `changed` is empty if
  // the call was due to the time that the watcher asked for, or to wake(). Returns the time of the next call if
  // no change comes first (kNever: changes only), or nullopt to end the watch.
  virtual std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) = 0;
  // The registry has closed. Called once, after the last on_change(). Not called after the watch has ended.
  virtual void on_closed() = 0;
};

// Calls its watchers on a thread of its own, in order of time by `clock`. Changes of one moment are delivered
// together, to the watchers in the order of their ids. What concerns very many people or watchers is done in portions,
// so that writes, other tenants and other watchers are served in between. Thread-safe.
class WatchRegistry final : public state::ChangeListener {
 public:
  using Id = std::uint64_t;
  // Entries of its tables that the registry touches while it holds its lock once: some tens of microseconds.
  static constexpr std::size_t kStepsPerHold = 256;

  // Becomes the listener of the view, so it must outlive every apply() on it. The view and the clock must outlive
  // the registry.
  WatchRegistry(state::View& view, const Clock& clock,
                const presence::Policy& policy = presence::kDocumentedPolicy);
  ~WatchRegistry();  // calls close()
  WatchRegistry(const WatchRegistry&) = delete;
  WatchRegistry& operator=(const WatchRegistry&) = delete;

  // Watches these people, who need not exist. The id of a group or an application of a tenant watches that object,
  // and the nil id the directory of the tenant: users and applications that are added, changed or removed. The
  // watcher is called at once, with all of the people. Returns nullopt after close(). Callers limit the number of
  // watches (watch_quota.h).
  std::optional<Id> watch(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher);
  // Watches all people of a tenant, including those who are added later, and its directory. The first call names the
  // directory only; later ones also name objects of the tenant that other watches name. A further watch of the tenant
  // costs the same however many people it has.
  std::optional<Id> watch_tenant(const Guid& tenant, std::shared_ptr<Watcher> watcher);
  // A watch whose caller compares the people itself, at a time not before watch_all() returned.
  struct QuietWatch {
    std::vector<state::UserKey> people;
    std::shared_ptr<Watcher> watcher;
    Time first_call;  // if no change comes before
  };
  // Begins many watches as watch() does, several for each hold of the lock, and without the call at once with all of
  // the people. A watch of so many people that one hold has no room for them gets that call. Returns the ids in
  // order; less than all after close().
  std::vector<Id> watch_all(std::span<QuietWatch> watches);
  // Calls the watchers of this key, and those of all people of its tenant, soon, as after a change of it.
  void call_watchers_of(const state::UserKey& key);
  // The hold of a shard (state/hold.h) has changed: calls the watchers of its people soon. Includes the
  // people of watched tenants that time has changed after `since`.
  void recheck_shard(std::uint32_t shard, Time since);
  // Calls the watcher soon, with or without changes. Does nothing if the watch has ended.
  void wake(Id id);
  // Ends a watch. Does nothing if it has ended. A call that is in progress, or about to begin, still happens.
  void unwatch(Id id);
  // The number of watches.
  std::size_t count() const { return watch_count_; }

  // For tests, after a manual clock was advanced: returns when every call that is due has returned.
  void clock_advanced();
  // Calls on_closed() of every watcher, and returns when all of these calls have returned and the thread has ended. To
  // be called on the thread that made the registry. After it the destructor only frees memory.
  void close();
  // For tests: the most entries that were touched while the lock was held once.
  std::size_t most_steps() const;
  // For tests: the people in the tables.
  std::size_t people_count() const;

  // From a change until its watchers are called, in milliseconds, for metrics. Any thread.
  using Delays = Histogram<OwnCounter, kDelays>;
  const Delays& delays() const { return delays_; }

  // Within on_change(): the time of the oldest change that is reported to any watcher at this moment; the moment itself
  // if nothing has changed.
  Time changed_since() const { return changed_since_; }

  // The view has applied a batch (state::ChangeListener).
  void on_applied(const log::Batch& batch) override;

 private:
  // Steps for one more person of a watch or entry of a task: the entry, its removal, and the return of the task to the
  // queue.
  static constexpr std::size_t kStepsPerEntry = 3;
  using People = std::shared_ptr<const std::vector<state::UserKey>>;
  struct Watch {
    std::shared_ptr<Watcher> watcher;  // null: the watch has ended, and its people are still to be removed
    People people;                     // in order, each once
    Time began;
    std::optional<Guid> tenant;           // of watch_tenant()
    std::size_t added = 0;                // the first ones of `people`, which are in people_
    std::vector<state::UserKey> pending;  // of the next call
    Time alarm;                           // of the next call; the key in alarms_. kNever: not in alarms_
    std::optional<Time> quiet_until;      // QuietWatch::first_call; reset if its people take several holds
    bool is_first = true;                 // whether the next call is the first, which reports all people
    bool is_queued = false;               // whether an UpdateWatch is in tasks_
    // Whether it is called: not before all people are in people_, because the first call covers what came before.
    bool is_called() const { return watcher != nullptr && added == people->size(); }
  };
  // In people_ while a watch names the person, or while the tenant is watched and time alone changes the person or
  // the visibility names groups.
  struct WatchedPerson {
    absl::btree_set<Id> watched_by;  // without the watches of the tenant
    Time due = presence::kNever;     // the next possible change; the key in due_. kNever: not in due_
    Id next = 0;  // the first watcher that was not collected yet, if only some were; else 0
    Time repeat_at = presence::kNever;  // of a further change while only some were collected; kNever: none
    bool names_groups = false;          // whether the person is in group_viewed_
  };
  struct WatchedTenant {
    absl::btree_set<Id> watched_by;  // never empty
    Id scanned_for;                  // the watch that began the scan of the people
    bool is_scanned = false;
  };

  // Work that the registry's thread does in portions of kStepsPerHold.
  struct UpdateWatch {  // adds the people of a watch, or removes those of one that has ended
    Id id;
  };
  struct ScanTenant {  // finds the people that time alone changes, when the first watch of a tenant begins
    Guid tenant;
    Id scanned_for;
    Time from;
    std::optional<Guid> after;
  };
  struct DropTenant {  // removes what ScanTenant has found, when the last watch of the tenant has ended
    state::UserKey next;
  };
  struct SweepGroups {  // makes due the people whose visibility names a changed group of the tenant
    Guid tenant;
    std::vector<Guid> groups;  // in order
    Guid next;
    Time at;
  };
  struct SweepAll {  // makes all people due, because trusts between tenants may have changed
    state::UserKey next;
    Time at;
  };
  struct ChangedHolds {
    std::bitset<state::kShards> shards;
    Time since = presence::kNever;
    Time at{};  // of the last change
  };
  // Makes due the people of shards whose hold has changed, then scans the watched tenants. Its first portion takes the
  // changes until then.
  struct SweepShards {
    std::optional<ChangedHolds> changed;
    state::UserKey next;
    std::optional<Guid> next_tenant;  // null: the people come first
  };
  using WatchTask = std::variant<UpdateWatch, ScanTenant, DropTenant, SweepGroups, SweepAll, SweepShards>;
  struct QueuedTask {
    Guid tenant;  // whose turn it takes
    WatchTask task;
  };
  struct ChangedGroups {
    std::vector<Guid> groups;
    Time at;  // of the first change
  };
  struct DueBatch;
  // What the record of a person says about their next changes.
  struct PersonReading {
    state::UserKey key;
    Time next = presence::kNever;  // the next change by time alone
    bool names_groups = false;     // whether the visibility names groups
    // Whether the person has an entry without a watch of their own, while the tenant is watched.
    bool is_noted() const { return next != presence::kNever || names_groups; }
  };

  // Holding the lock: release() and acquire() are for the registry's thread, CallerLock for all others.
  class CallerLock;
  void release() const ABSL_UNLOCK_FUNCTION(mutex_);
  void acquire() const ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex_);
  bool has_room(std::size_t steps) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void count_steps(std::size_t steps = 1) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::optional<Id> add(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher,
                        const std::optional<Guid>& tenant);
  Id add_watch(Watch watch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void add_to_tenant(const Guid& tenant, Id id, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void remove_from_tenant(const Guid& tenant, Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void add_key(Id id, const state::UserKey& key, Time began) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void remove_key(Id id, const state::UserKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Watcher> forget(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void update_or_queue(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void on_event(const log::Event& event, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void queue_task(const Guid& tenant, WatchTask task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void queue_group_sweep(const state::UserKey& group, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void run();
  void await_closed();
  void sleep_until(Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A portion of a task. They return whether the task is finished.
  void run_task() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void read_new_people() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(UpdateWatch& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(ScanTenant& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(DropTenant& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(SweepGroups& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(SweepAll& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool run_portion(SweepShards& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void dispatch(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void collect_people(DueBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool collect_watchers(const state::UserKey& key, WatchedPerson& person, absl::btree_set<Id>& ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void collect_calls(DueBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void read_people(DueBatch& batch) const;
  PersonReading read(const state::UserKey& key, const presence::Record& record, Time now) const;
  static void call_watchers(DueBatch& batch);
  void schedule_person(const PersonReading& reading) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void schedule_calls(const DueBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Whether work waits that is not due at a time: tasks, or people to read.
  bool has_work() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !tasks_.empty() || !new_people_.empty();
  }
  Time first_due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Times of calls do not decrease: a time that was dispatched already becomes that of the last dispatch.
  Time not_before_dispatched(Time at) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_due(const state::UserKey& key, WatchedPerson& person, Time due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_alarm(Id id, Watch& watch, Time alarm) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the person must be in people_.
  bool is_needed(const state::UserKey& key, const WatchedPerson& person) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void mark_due(const state::UserKey& key, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void mark_person_due(const state::UserKey& key, WatchedPerson& person, Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_names_groups(const state::UserKey& key, WatchedPerson& person, bool names)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  using PersonPlace = absl::btree_map<state::UserKey, WatchedPerson>::iterator;
  PersonPlace erase_person(PersonPlace person) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void end() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const state::View& view_;
  const Clock& clock_;
  const presence::Policy policy_;

  Delays delays_;  // changed on the registry's thread
  std::atomic<std::size_t> watch_count_ =
      0;  // watches that have not ended, also for on_applied() without the lock
  mutable std::atomic<std::size_t> waiting_callers_ =
      0;  // threads that wait for the lock, without the registry's
  mutable Mutex mutex_;
  mutable std::size_t steps_ ABSL_GUARDED_BY(mutex_) = 0;  // in this hold of the lock
  std::size_t most_steps_ ABSL_GUARDED_BY(mutex_) = 0;
  CondVar wake_;     // something became due earlier, or the clock moved
  CondVar settled_;  // nothing is due, or closed_
  absl::btree_map<Id, Watch> watches_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<state::UserKey, WatchedPerson> people_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<Guid, WatchedTenant> tenants_ ABSL_GUARDED_BY(mutex_);
  // People who came into people_, and the time from which on their next change is to be read.
  std::deque<std::pair<state::UserKey, Time>> new_people_ ABSL_GUARDED_BY(mutex_);
  absl::btree_set<std::pair<Time, state::UserKey>> due_ ABSL_GUARDED_BY(mutex_);  // people, by next change
  absl::btree_set<std::pair<Time, Id>> alarms_ ABSL_GUARDED_BY(mutex_);           // watches, by next call
  absl::btree_set<state::UserKey> group_viewed_ ABSL_GUARDED_BY(mutex_);  // whose visibility names groups
  // By tenant of a SweepGroups in tasks_: the groups that changed since it began.
  absl::btree_map<Guid, ChangedGroups> changed_groups_ ABSL_GUARDED_BY(mutex_);
  ChangedHolds changed_holds_
      ABSL_GUARDED_BY(mutex_);  // if any: a SweepShards that has not begun is in tasks_
  FairQueue<QueuedTask> tasks_ ABSL_GUARDED_BY(mutex_){std::numeric_limits<std::size_t>::max()};
  Time changed_since_ = Time::min();                       // used by the registry's thread
  Time dispatched_ ABSL_GUARDED_BY(mutex_) = Time::min();  // of the last dispatch
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_dispatching_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace porchlight::watch
