// Who watches whom: watchers are told when a person may look different, because something happened or because
// time alone changes it (presence::next_change). People nobody watches cost nothing, and nothing is polled.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::watch {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // At `now` these people, in order of key, may look different from what it knows; or the time has come that
  // it asked for, and there may be none. Gives when it wants to be told at the latest (kNever: of changes
  // only), or nothing where it watches no longer. On the watchers' thread: it must not wait for anything.
  virtual std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) = 0;
  // Nobody will be told any more. On the same thread, after the last told().
  virtual void on_closed() = 0;
};

// Everything is told on one thread of its own, in order of time; what happens at one moment is told together,
// to one watcher after the other in the order in which they came. What is due is due by `clock`. Where very
// many are to be told, a few hundred are at a time: writes and other watchers get in between.
class WatchRegistry final : public state::ChangeListener {
 public:
  using Id = std::uint64_t;

  // Listens to the view, so it must outlive what applies to that. The view and the clock must outlive it.
  WatchRegistry(state::View& view, const Clock& clock,
                const presence::Policy& policy = presence::kDocumentedPolicy);
  ~WatchRegistry();  // closes
  WatchRegistry(const WatchRegistry&) = delete;
  WatchRegistry& operator=(const WatchRegistry&) = delete;

  // Watches these people, who need not exist; the nil id of a tenant stands for its directory: its people,
  // groups and applications coming, changing and going. The watcher is told at once, with all of them.
  // Nothing after close(). How many may watch how many is the callers' to bound (watch_quota.h).
  std::optional<Id> watch(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher);
  // The same for everybody of a tenant, also those who come later.
  std::optional<Id> watch_tenant(const Guid& tenant, std::shared_ptr<Watcher> watcher);
  // Has the watcher told soon, whatever happens. One that is unknown or gone is no fault.
  void wake(Id id);
  // Forgets a watcher; one that is unknown or gone already is no fault. It may be told once more meanwhile.
  void unwatch(Id id);
  std::size_t count() const;

  // After a manual clock moved: returns once everything due by now was told.
  void clock_advanced();
  // Ends: tells every watcher so, and returns once they know.
  void close();

  void on_applied(const log::Batch& batch) override;

 private:
  struct Watch {
    std::shared_ptr<Watcher> watcher;
    std::vector<state::UserKey> people;   // in order
    std::vector<state::UserKey> pending;  // whom it is still to be told of
    Time alarm;                           // its place in alarms_
    std::optional<Guid> tenant = {};      // whose people it takes in as they come
  };
  struct WatchedPerson {
    absl::btree_set<Id> watched_by;
    Time due;        // its place in due_
    Id next = 0;     // of these, who is told next, where only some were told yet; else 0
    Time repeat_at;  // they changed meanwhile, at this time, and all are to be told once more; kNever: no
  };
  struct DueBatch;
  using Lock = std::unique_lock<std::mutex>;

  Id add(std::vector<state::UserKey> people, std::shared_ptr<Watcher> watcher);
  bool add_watch(Id id, const state::UserKey& key, Time now);
  void add_member(const state::UserKey& key, Time now);
  void run();
  void sleep_until(Time due, Lock& lock);
  void dispatch(Time now, Lock& lock);
  DueBatch collect_due(Time now);
  bool collect_watchers(const state::UserKey& key, WatchedPerson& person, absl::btree_set<Id>& ids);
  void deliver(DueBatch& batch) const;
  void reschedule(const DueBatch& batch);
  std::optional<Time> next_change(const state::UserKey& key, Time now) const;
  Time first_due() const;
  void set_due(const state::UserKey& key, WatchedPerson& person, Time due);
  void set_alarm(Id id, Watch& watch, Time alarm);
  bool mark_due(const state::UserKey& first, const state::UserKey& last, Time now);
  void forget(Id id);
  void end(Lock& lock);

  const state::View& view_;
  const Clock& clock_;
  const presence::Policy policy_;

  std::atomic<std::size_t> watched_ = 0;  // watches_.size(): what a write looks at where nobody watches
  mutable std::mutex mutex_;              // guards all below
  std::condition_variable wake_;          // something is due earlier than before, or time moved
  std::condition_variable settled_;       // nothing is due
  absl::btree_map<Id, Watch> watches_;
  absl::btree_map<state::UserKey, WatchedPerson> people_;
  absl::btree_set<std::pair<Time, state::UserKey>> due_;  // people, by when they may look different
  absl::btree_set<std::pair<Time, Id>> alarms_;           // watches, by when they want to be told
  absl::btree_map<Guid, absl::btree_set<Id>> tenants_;    // who watches everybody of which
  Id last_id_ = 0;
  bool is_dispatching_ = false;
  bool closing_ = false;
  bool closed_ = false;

  std::thread thread_;
};

}  // namespace porchlight::watch
