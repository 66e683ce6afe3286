// Calls watchers when the presence of a watched person may have changed: after an event, or when time alone
// changes it (presence::next_change). Nothing is polled, and a person without a watcher costs nothing.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
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
// together, to the watchers in the order of their ids. A change that concerns very many watchers is delivered to
// a few hundred at a time, so that writes and other watchers are served in between. Thread-safe.
class WatchRegistry final : public state::ChangeListener {
 public:
  using Id = std::uint64_t;

  // Becomes the listener of the view, so it must outlive every apply() on it. The view and the clock must outlive
  // the registry.
  WatchRegistry(state::View& view, const Clock& clock,
                const presence::Policy& policy = presence::kDocumentedPolicy);
  ~WatchRegistry();  // calls close()
  WatchRegistry(const WatchRegistry&) = delete;
  WatchRegistry& operator=(const WatchRegistry&) = delete;

  // Watches these people, who need not exist. The nil id of a tenant stands for its directory: users, groups and
  // applications that are added, changed or removed. The watcher is called at once, with all of the people.
  // Returns nullopt after close(). Callers limit the number of watches (watch_quota.h).
  std::optional<Id> watch(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher);
  // The same for all people of a tenant, including those who are added later.
  std::optional<Id> watch_tenant(const Guid& tenant, std::shared_ptr<Watcher> watcher);
  // Calls the watcher soon, with or without changes. Does nothing if the watch has ended.
  void wake(Id id);
  // Ends a watch. Does nothing if it has ended. A call that is in progress, or about to begin, still happens.
  void unwatch(Id id);
  // The number of watches.
  std::size_t count() const;

  // For tests, after a manual clock was advanced: returns when every call that is due has returned.
  void clock_advanced();
  // Calls on_closed() of every watcher, and returns when all of these calls have returned.
  void close();

  // The view has applied a batch (state::ChangeListener).
  void on_applied(const log::Batch& batch) override;

 private:
  struct Watch {
    std::shared_ptr<Watcher> watcher;
    std::vector<state::UserKey> people;   // each once
    std::vector<state::UserKey> pending;  // of the next call
    Time alarm;                           // of the next call; the key in alarms_. kNever: not in alarms_
    std::optional<Guid> tenant = {};      // for watch_tenant()
  };
  struct WatchedPerson {
    absl::btree_set<Id> watched_by;  // never empty
    Time due;                        // the next possible change; the key in due_. kNever: not in due_
    Id next = 0;     // the first watcher that was not collected yet, if only some were; else 0
    Time repeat_at;  // of a further change while only some were collected; kNever: none
  };
  struct DueBatch;

  Id add(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool add_watch(Id id, const state::UserKey& key, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void add_member(const state::UserKey& key, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void run();
  void sleep_until(Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void dispatch(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DueBatch collect_due(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool collect_watchers(const state::UserKey& key, WatchedPerson& person, absl::btree_set<Id>& ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void deliver(DueBatch& batch) const;
  void reschedule(const DueBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Time> next_change(const state::UserKey& key, Time now) const;
  Time first_due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_due(const state::UserKey& key, WatchedPerson& person, Time due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_alarm(Id id, Watch& watch, Time alarm) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool mark_due(const state::UserKey& first, const state::UserKey& last, Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void forget(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void end() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const state::View& view_;
  const Clock& clock_;
  const presence::Policy policy_;

  std::atomic<std::size_t> watch_count_ = 0;  // watches_.size(), for on_applied() without the lock
  mutable Mutex mutex_;
  CondVar wake_;     // something became due earlier, or the clock moved
  CondVar settled_;  // nothing is due, or closed_
  absl::btree_map<Id, Watch> watches_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<state::UserKey, WatchedPerson> people_ ABSL_GUARDED_BY(mutex_);
  absl::btree_set<std::pair<Time, state::UserKey>> due_ ABSL_GUARDED_BY(mutex_);  // people, by next change
  absl::btree_set<std::pair<Time, Id>> alarms_ ABSL_GUARDED_BY(mutex_);           // watches, by next call
  absl::btree_map<Guid, absl::btree_set<Id>> tenants_ ABSL_GUARDED_BY(mutex_);    // of watch_tenant()
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_dispatching_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace porchlight::watch
