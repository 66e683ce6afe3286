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
#include "notify/active_subscription.h"
#include "notify/outbox.h"
#include "notify/subscriber_view.h"
#include "notify/subscription_registry.h"
#include "notify/subscription_store.h"
#include "watch/watch_registry.h"
#include "webhook/webhook_client.h"

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
  std::function<void(std::size_t count, std::string_view origin)> on_dropped = {};
};

class Publisher {
 public:
  using SubscriptionPtr = std::shared_ptr<const Subscription>;

  // A place for one more subscription, kept while its URLs are asked (spec notifications §3.2). The publisher
  // must outlive it.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept
        : publisher_(std::exchange(other.publisher_, nullptr)), key_(other.key_) {}
    Reservation& operator=(Reservation&&) = delete;
    ~Reservation() { release(); }
    void release();

   private:
    friend class Publisher;
    Reservation(Publisher& publisher, const SubscriptionKey& key) : publisher_(&publisher), key_(key) {}
    Publisher* publisher_;
    SubscriptionKey key_;
  };

  // All but the poster must outlive it. Between close() and its end the poster must end, and the watchers
  // must have told what they were telling.
  Publisher(watch::WatchRegistry& watchers, SubscriptionStore& store, webhook::WebhookClient& webhook_client,
            const Clock& clock, SubscriberView& subscriber_view, const PublisherSettings& settings = {});
  ~Publisher();  // closes
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Takes up what the store has, forgetting what has ended, and may take its time: who is taken up is told of
  // from then on. Once, on any thread. An error is a sentence.
  std::expected<void, std::string> start();
  // Whether all are taken up. Until then nobody may ask for any, or for more.
  bool is_started() const { return started_; }
  // Returns once start() has ended, well or not, or `enough` were looked at.
  void await_start(std::size_t loaded_min = std::numeric_limits<std::size_t>::max());
  // Ends: nothing more is posted, and what the poster still answers is passed over.
  void close();

  // What many subscriptions share.
  StringPool& string_pool() { return string_pool_; }
  const SubscriptionLimits& limits() const { return settings_.limits; }

  std::expected<Reservation, QuotaError> reserve(const Subscription& subscription);

  enum class WriteResult : std::uint8_t { kDone, kNotFound, kFailed };
  using SubscriptionCallback = std::move_only_function<void(WriteResult, SubscriptionPtr)>;
  // Each calls `done` once, on a thread of its own, when the change is durable and told to the watchers; at
  // once with kFailed where too many wait. Nothing is called after close().
  void add(Reservation reservation, Subscription subscription, SubscriptionCallback done);
  void change(const Guid& id, std::function<void(Subscription&)> edit, SubscriptionCallback done);
  void remove(const Guid& id, SubscriptionCallback done);

  // The subscription, unless it has ended by `now`.
  SubscriptionPtr find(const Guid& id, Time now) const;
  // Up to `limit` behind `after`, in order, while `in_scope`; and whether there are more.
  std::pair<std::vector<SubscriptionPtr>, bool> list(
      const SubscriptionKey& after, std::size_t limit, Time now,
      const std::function<bool(const SubscriptionKey&)>& in_scope) const;
  std::size_t count() const;

  // What was given up, of a tenant; oldest first.
  std::vector<DeadLetter> dead_letters(const Guid& tenant, std::size_t limit) const;
  // Has it told again, as it is now. How many are, and of how many the subscription is gone; both are
  // forgotten.
  struct Replayed {
    std::size_t requeued = 0;
    std::size_t not_found = 0;
  };
  Replayed replay(const Guid& tenant);

  // After a manual clock moved: returns once everything due by now was given to the poster.
  void clock_advanced();

 private:
  friend class ActiveSubscription;
  // A post under way. `items`, `notices` and what of each change counted as told before go together, one by
  // one.
  struct Delivery {
    std::string url;
    std::vector<PendingItem> items;
    std::vector<Notification> notifications;
    std::vector<std::uint8_t> sent_before;
  };
  struct DeliveryResult {
    std::shared_ptr<Delivery> delivery;
    webhook::Reply reply;
  };
  using Lock = std::unique_lock<std::mutex>;

  // Of listeners, on the watchers' thread.
  std::optional<Time> on_change(ActiveSubscription& active, Time now,
                                std::span<const state::UserKey> changed);

  Timestamps timestamps() const { return {clock_.wall(), clock_.steady()}; }
  std::expected<void, std::string> load_all();
  bool load(const std::shared_ptr<ActiveSubscription>& active, bool is_permitted, Time now);
  void release(const SubscriptionKey& key);
  std::vector<LastSent> initial_states(const Subscription& subscription) const;
  std::shared_ptr<ActiveSubscription> make_active(Subscription subscription, std::vector<LastSent> last_sent);
  void watch(const std::shared_ptr<ActiveSubscription>& active);
  void rewatch(ActiveSubscription& active);
  std::vector<state::UserKey> watch_keys(const ActiveSubscription& active) const;
  bool refresh_members(ActiveSubscription& active);
  void enqueue_change(ActiveSubscription& active, const Guid& person,
                      ActiveSubscription::PersonDelivery& person_delivery, Time since);
  void enqueue_lifecycle_event(ActiveSubscription& active, NotificationKind kind, Time since);
  void end(ActiveSubscription& active, ActiveSubscription::Lifecycle lifecycle, Time now);
  void deactivate(ActiveSubscription& active);

  // publisher_thread.cc
  void run();
  void sleep_until(Time due, Lock& lock);
  void send_due(Lock& lock);
  void send(const std::shared_ptr<Delivery>& delivery, Duration timeout);
  void requeue(Delivery& delivery);
  Delivery select_due(Outbox::SendBatch& batch, SubscriptionStore::StoreBatch& writes, Time now);
  void process_replies(Lock& lock);
  void record_accepted(const Delivery& delivery, SubscriptionStore::StoreBatch& writes);
  static std::vector<PendingItem> take_still_pending(Delivery& delivery);
  void drop(const std::string& url, const std::vector<PendingItem>& dropped,
            SubscriptionStore::StoreBatch& writes, Time now);
  void add_dead_letter(const ActiveSubscription& active, const Guid& person,
                       SubscriptionStore::StoreBatch& writes, Time now);

  watch::WatchRegistry& watchers_;
  SubscriptionStore& store_;
  webhook::WebhookClient& webhook_client_;
  const Clock& clock_;
  SubscriberView& subscriber_view_;
  const PublisherSettings settings_;
  StringPool string_pool_;
  std::atomic<bool> started_ = false;
  Random random_;  // the publisher's thread's

  mutable std::mutex mutex_;               // guards all below, and what listeners hold
  std::condition_variable wake_;           // something is due earlier than before, or time moved
  std::condition_variable settled_;        // nothing is due
  std::condition_variable load_progress_;  // at one more of those in the store, or the start has ended
  std::size_t loaded_count_ = 0;
  bool start_finished_ = false;
  SubscriptionRegistry registry_;
  absl::flat_hash_map<Guid, std::shared_ptr<ActiveSubscription>, std::hash<Guid>> active_;
  Outbox outbox_;
  std::vector<DeliveryResult> results_;  // answers that were not looked at
  std::size_t dead_letters_ = 0;
  bool busy_ = false;
  bool closing_ = false;

  Worker disk_{kSubscriptionWritesMax};
  std::thread thread_;
};

}  // namespace porchlight::notify
