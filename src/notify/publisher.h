// Tells subscribers of what they asked for (spec notifications §7, §8): docs/notifications.md.
//
// What is owed to a subscriber is what a read would show now, less what was told last; so there is no queue
// of events to lose, and the newest state always wins. What was told is kept on disk with the subscription:
// after a crash the two are compared again.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <condition_variable>
#include <expected>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/worker.h"
#include "notify/dialect.h"
#include "notify/listener.h"
#include "notify/outbox.h"
#include "notify/registry.h"
#include "notify/subscription_store.h"
#include "notify/watchers.h"
#include "webhook/poster.h"

namespace porchlight::notify {

// Before the end of a subscription its subscriber is reminded (spec notifications §8).
inline constexpr Duration kReminderBefore = std::chrono::minutes(15);
// Creates, renewals and removals that wait for the disk.
inline constexpr std::size_t kSubscriptionWritesMax = 10'000;
inline constexpr std::size_t kDeadLettersMax = 100'000;

struct PublisherSettings {
  SubscriptionLimits limits = {};
  bool dead_letters = false;  // whether what was given up is kept for replay
  // Told of what was given up: how many changes, and for which host. On the publisher's thread; must not
  // wait.
  std::function<void(std::size_t count, std::string_view origin)> dropped = {};
};

class Publisher {
 public:
  using Held = std::shared_ptr<const Subscription>;

  // A place for one more subscription, kept while its URLs are asked (spec notifications §3.2). The publisher
  // must outlive it.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : publisher_(std::exchange(other.publisher_, nullptr)), place_(other.place_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() { give_back(); }
    void give_back();

   private:
    friend class Publisher;
    Slot(Publisher& publisher, const Place& place) : publisher_(&publisher), place_(place) {}
    Publisher* publisher_;
    Place place_;
  };

  // All but the poster must outlive it. Between close() and its end the poster must end, and the watchers
  // must have told what they were telling.
  Publisher(Watchers& watchers, SubscriptionStore& store, webhook::Poster& poster, const Clock& clock,
            Dialect& dialect, const PublisherSettings& settings = {});
  ~Publisher();  // closes
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Takes up what the store has, forgetting what has ended, and may take its time: who is taken up is told of
  // from then on. Once, on any thread. An error is a sentence.
  std::expected<void, std::string> start();
  // Whether all are taken up. Until then nobody may ask for any, or for more.
  bool is_started() const { return started_; }
  // Returns once start() has ended, well or not, or `enough` were looked at.
  void await_start(std::size_t enough = std::numeric_limits<std::size_t>::max());
  // Ends: nothing more is posted, and what the poster still answers is passed over.
  void close();

  // What many subscriptions share.
  Texts& texts() { return texts_; }
  const SubscriptionLimits& limits() const { return settings_.limits; }

  std::expected<Slot, Denial> reserve(const Subscription& subscription);

  enum class Outcome : std::uint8_t { kDone, kGone, kFailed };
  using Done = std::move_only_function<void(Outcome, Held)>;
  // Each calls `done` once, on a thread of its own, when the change is durable and told to the watchers; at
  // once with kFailed where too many wait. Nothing is called after close().
  void add(Slot slot, Subscription subscription, Done done);
  void change(const Guid& id, std::function<void(Subscription&)> edit, Done done);
  void remove(const Guid& id, Done done);

  // The subscription, unless it has ended by `now`.
  Held find(const Guid& id, Time now) const;
  // Up to `limit` behind `after`, in order, while `in_scope`; and whether there are more.
  std::pair<std::vector<Held>, bool> list(const Place& after, std::size_t limit, Time now,
                                          const std::function<bool(const Place&)>& in_scope) const;
  std::size_t count() const;

  // What was given up, of a tenant; oldest first.
  std::vector<DeadLetter> dead_letters(const Guid& tenant, std::size_t limit) const;
  // Has it told again, as it is now. How many are, and of how many the subscription is gone; both are
  // forgotten.
  struct Replayed {
    std::size_t again = 0;
    std::size_t gone = 0;
  };
  Replayed replay(const Guid& tenant);

  // After a manual clock moved: returns once everything due by now was given to the poster.
  void clock_advanced();

 private:
  friend class Listener;
  // A post under way. `items`, `notices` and what of each change counted as told before go together, one by
  // one.
  struct Sent {
    std::string url;
    std::vector<Owed> items;
    std::vector<Notice> notices;
    std::vector<std::uint8_t> told_before;
  };
  struct Arrived {
    std::shared_ptr<Sent> sent;
    webhook::Reply reply;
  };
  using Lock = std::unique_lock<std::mutex>;

  // Of listeners, on the watchers' thread.
  std::optional<Time> told(Listener& listener, Time now, std::span<const state::UserKey> changed);

  Moment moment() const { return {clock_.wall(), clock_.steady()}; }
  std::expected<void, std::string> take_up_all();
  bool take_up(const std::shared_ptr<Listener>& listener, bool rightful, Time now);
  void leave(const Place& place);
  std::vector<Told> told_at_first(const Subscription& subscription) const;
  std::shared_ptr<Listener> make(Subscription subscription, std::vector<Told> told);
  void watch(const std::shared_ptr<Listener>& listener);
  void watch_again(Listener& listener);
  std::vector<state::UserKey> keys_of(const Listener& listener) const;
  bool refresh_members(Listener& listener);
  void owe_change(Listener& listener, const Guid& person, Listener::Note& note, Time since);
  void owe_event(Listener& listener, What what, Time since);
  void end(Listener& listener, Listener::Life life, Time now);
  void take_down(Listener& listener);

  // publisher_thread.cc
  void run();
  void sleep_until(Time due, Lock& lock);
  void take_turns(Lock& lock);
  void send(const std::shared_ptr<Sent>& sent, Duration timeout);
  void take_back(Sent& sent);
  Sent choose(Outbox::Turn& turn, SubscriptionStore::Telling& telling, Time now);
  void take_replies(Lock& lock);
  void note_taken(const Sent& sent, SubscriptionStore::Telling& telling);
  static std::vector<Owed> still_owed(Sent& sent);
  void give_up(const std::string& url, const std::vector<Owed>& dropped, SubscriptionStore::Telling& telling,
               Time now);
  void bury(const Listener& listener, const Guid& person, SubscriptionStore::Telling& telling, Time now);

  Watchers& watchers_;
  SubscriptionStore& store_;
  webhook::Poster& poster_;
  const Clock& clock_;
  Dialect& dialect_;
  const PublisherSettings settings_;
  Texts texts_;
  std::atomic<bool> started_ = false;
  Random random_;  // the publisher's thread's

  mutable std::mutex mutex_;         // guards all below, and what listeners hold
  std::condition_variable wake_;     // something is due earlier than before, or time moved
  std::condition_variable settled_;  // nothing is due
  std::condition_variable looked_;   // at one more of those in the store, or the start has ended
  std::size_t looked_at_ = 0;
  bool start_ended_ = false;
  Registry registry_;
  absl::flat_hash_map<Guid, std::shared_ptr<Listener>, std::hash<Guid>> listeners_;
  Outbox outbox_;
  std::vector<Arrived> arrived_;  // answers that were not looked at
  std::size_t dead_letters_ = 0;
  bool busy_ = false;
  bool closing_ = false;

  Worker disk_{kSubscriptionWritesMax};
  std::thread thread_;
};

}  // namespace porchlight::notify
