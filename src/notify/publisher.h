// Sends notifications to subscribers (spec notifications §7, §8; docs/notifications.md).
//
// A notification is due if a read by the subscriber would show another state than the one that was sent last. So
// there is no queue of events that could get lost, and the newest state is sent. The last state sent for each
// person is stored on disk with the subscription; after a crash it is compared with the present state.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <expected>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/worker.h"
#include "notify/active_subscription.h"
#include "notify/outbox.h"
#include "notify/subscriber_view.h"
#include "notify/subscription_registry.h"
#include "notify/subscription_store.h"
#include "trace/exporter.h"
#include "watch/watch_registry.h"
#include "webhook/webhook_client.h"

namespace porchlight::notify {

// Time before its expiry at which a subscription gets reauthorizationRequired (spec notifications §8).
inline constexpr Duration kReminderBefore = std::chrono::minutes(15);
// Queued creations, changes and removals of subscriptions.
inline constexpr std::size_t kSubscriptionWritesMax = 10'000;
// Stored dead letters. Beyond, the oldest ones are removed.
inline constexpr std::size_t kDeadLettersMax = 100'000;

// Settings of the operator.
struct PublisherSettings {
  SubscriptionLimits limits = {};
  bool dead_letters = false;  // whether dropped changes are stored for replay
  // Whether notifications are posted. If not, changes are not queued either. A later start with `true` compares each
  // state with the last one sent, as any start does.
  bool posts = true;
  trace::SpanExporter* spans =
      nullptr;  // gets a span of each post that a sampled request caused; may be null
  // Called for dropped changes: how many, and the origin of the URL. On the publisher's thread, with its mutex held:
  // must not block or call the publisher.
  std::function<void(std::size_t count, std::string_view origin)> on_dropped = {};
};

// Thread-safe. Notifications are chosen and posted on one thread of its own, subscriptions written on another.
//
// A write of a subscription goes to the disk first, then to active_. What is about to be posted is first marked on
// disk as kSentUnknown, so that after a crash it is compared and sent again instead of counting as sent.
class Publisher {
 public:
  using SubscriptionPtr = std::shared_ptr<const Subscription>;

  // A share of the quota for a subscription whose URLs are being validated (spec notifications §3.2). Its
  // destructor releases it. The publisher must outlive it.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept
        : publisher_(std::exchange(other.publisher_, nullptr)), key_(other.key_) {}
    Reservation& operator=(Reservation&&) = delete;
    ~Reservation() { release(); }
    // Gives the share back; does nothing if it was given back or became a subscription.
    void release();

   private:
    friend class Publisher;
    Reservation(Publisher& publisher, const SubscriptionKey& key) : publisher_(&publisher), key_(key) {}
    Publisher* publisher_;
    SubscriptionKey key_;
  };

  // All arguments except the webhook client must outlive the publisher. Between close() and the destructor the
  // webhook client must be destroyed and the calls of the watch registry must have returned.
  Publisher(watch::WatchRegistry& watchers, SubscriptionStore& store, webhook::WebhookClient& webhook_client,
            const Clock& clock, SubscriberView& subscriber_view, const PublisherSettings& settings = {});
  ~Publisher();  // calls close()
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Loads all subscriptions from the store, and removes those that have ended. Each is served as soon as it is
  // loaded; a million take a while. Called once, on any thread. An error is a sentence.
  std::expected<void, std::string> start();
  // Whether start() has loaded all. Until then requests for subscriptions must be refused.
  bool is_started() const { return started_; }
  // Returns when start() has returned, with or without an error, or when it has read `loaded_min` subscriptions.
  void await_start(std::size_t loaded_min = std::numeric_limits<std::size_t>::max());
  // Stops: nothing more is posted, and later replies of the webhook client are ignored.
  void close();
  // Ends the writes to the disk. After close(), and when no thread calls the publisher any more. The store and the
  // watch registry may be destroyed then; the destructor only frees memory.
  void end_writes();

  // The pool of strings that subscriptions share.
  StringPool& string_pool() { return string_pool_; }
  const SubscriptionLimits& limits() const { return settings_.limits; }

  // Reserves a share of the quota for a new subscription, or returns the limit that it would exceed.
  std::expected<Reservation, QuotaError> reserve(const Subscription& subscription);

  // kNotFound: there is no such subscription, or it has ended. kFailed: the disk, or the queue is full.
  enum class WriteResult : std::uint8_t { kDone, kNotFound, kFailed };
  using SubscriptionCallback = std::move_only_function<void(WriteResult, SubscriptionPtr)>;
  // Each calls `done` once, on the thread of the disk, when the change is durable and in effect; or at once with
  // kFailed if kSubscriptionWritesMax are queued. The subscription is as stored; null after remove() or an error.
  void add(Reservation reservation, Subscription subscription, SubscriptionCallback done);
  void change(const Guid& id, std::function<void(Subscription&)> edit, SubscriptionCallback done);
  void remove(const Guid& id, SubscriptionCallback done);

  // The subscription. Returns null if it is unknown or has expired by `now`.
  SubscriptionPtr find(const Guid& id, Time now) const;
  // Up to `limit` subscriptions after the key `after`, in order, until `in_scope` returns false for a key; and
  // whether there are more.
  std::pair<std::vector<SubscriptionPtr>, bool> list(
      const SubscriptionKey& after, std::size_t limit, Time now,
      const std::function<bool(const SubscriptionKey&)>& in_scope) const;
  // How the posts of a subscription go.
  struct SubscriptionStatus {
    std::size_t pending = 0;  // changes that wait to be posted
    webhook::HostHealth::Level host{};
    std::optional<Time> accepted_at = {};  // the last post since the server started, as `failed_post`
    std::optional<ActiveSubscription::FailedPost> failed_post = {};
  };
  // Returns nullopt if the subscription is unknown or has ended. Looks at each of its people. Any thread.
  std::optional<SubscriptionStatus> status_of(const Guid& id) const;
  // The number of active subscriptions.
  std::size_t count() const;
  // The same, of one tenant.
  std::size_t count_of(const Guid& tenant) const;
  // Writes of subscriptions that wait. Before end_writes().
  std::size_t waiting_writes() const { return disk_->waiting(); }
  // What is counted for metrics. Changed on the publisher's thread.
  struct Counters {
    OwnCounter accepted, failed;                // posts
    OwnCounter given_up;                        // changes that were not delivered
    Histogram<OwnCounter, kShortTimes> times;   // of the posts that were answered
    Histogram<OwnCounter, kDelays> told_after;  // from a change until its post was accepted
  };
  const Counters& counters() const { return counters_; }
  // What waits to be posted. Any thread.
  Outbox::Backlog backlog() const;

  // Up to `limit` dead letters of a tenant, oldest first. Reads the disk.
  std::vector<DeadLetter> dead_letters(const Guid& tenant, std::size_t limit) const;
  struct Replayed {
    std::size_t requeued = 0;   // queued again; 0 if nothing is posted
    std::size_t not_found = 0;  // of subscriptions that have ended
  };
  // Removes the dead letters of a tenant and queues the present state of their people again. Reads the disk.
  Replayed replay(const Guid& tenant);

  // For tests, after a manual clock was advanced: returns when everything due was passed to the webhook client.
  void clock_advanced();

 private:
  friend class ActiveSubscription;
  // A post in flight. The three vectors are parallel; `sent_before` holds PersonDelivery::sent_code as it was before.
  struct Delivery {
    std::string url;
    std::vector<PendingItem> items;
    std::vector<Notification> notifications;
    std::vector<std::uint8_t> sent_before;
    std::optional<trace::OpenSpan> span{};  // of the post, if a traced request caused it
  };
  // The reply to a post.
  struct DeliveryResult {
    std::shared_ptr<Delivery> delivery;
    webhook::Reply reply;
  };

  // ActiveSubscription::on_change(), on the watch registry's thread.
  std::optional<Time> on_change(ActiveSubscription& active, Time now,
                                std::span<const state::UserKey> changed);
  std::optional<Time> compare(ActiveSubscription& active, Time now, std::span<const state::UserKey> changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Timestamps timestamps() const { return {clock_.wall(), clock_.steady()}; }
  std::expected<void, std::string> load_all();
  // A stored subscription, and whether its owner still has the permission.
  struct StoredSubscription {
    std::shared_ptr<ActiveSubscription> active;
    bool is_permitted;
    bool is_served(Time now) const { return is_permitted && active->subscription->expires_at > now; }
    // The first of the people, or the group; nil for a tenant.
    Guid first_target() const {
      const std::vector<Guid>& ids = active->subscription->target.ids;
      return ids.empty() ? Guid{} : ids.front();
    }
  };
  bool load_sorted(std::vector<StoredSubscription> stored, Time now);
  bool load(std::span<const StoredSubscription> portion, Time now);
  void watch_stored(std::span<const std::shared_ptr<ActiveSubscription>> actives)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void release(const SubscriptionKey& key);
  std::vector<LastSent> initial_states(const Subscription& subscription) const;
  std::shared_ptr<ActiveSubscription> make_active(Subscription subscription,
                                                  const std::vector<LastSent>& last_sent);
  void watch(const std::shared_ptr<ActiveSubscription>& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void rewatch(ActiveSubscription& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<state::UserKey> watch_keys(const ActiveSubscription& active) const;
  bool refresh_members(ActiveSubscription& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static std::vector<state::UserKey> next_portion(ActiveSubscription& active);
  void enqueue_changes(ActiveSubscription& active, Time now, std::span<const state::UserKey> changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void enqueue_change(ActiveSubscription& active, const Guid& person,
                      ActiveSubscription::PersonDelivery& person_delivery, Time since)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void enqueue_lifecycle_event(ActiveSubscription& active, NotificationKind kind, Time since)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void end(ActiveSubscription& active, ActiveSubscription::Lifecycle lifecycle, Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void deactivate(ActiveSubscription& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // publisher_thread.cc
  void run();
  void sleep_until(Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void send_due() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void send(const std::shared_ptr<Delivery>& delivery, Duration timeout);
  void requeue(Delivery& delivery) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Delivery select_due(Outbox::SendBatch& batch, SubscriptionStore::StoreBatch& writes, Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void process_replies() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void record_post(const Delivery& delivery, const webhook::Reply& reply, Time now);
  void record_accepted(const Delivery& delivery, SubscriptionStore::StoreBatch& writes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void end_span(const Delivery& delivery, const webhook::Reply& reply);
  static std::vector<PendingItem> take_still_pending(Delivery& delivery);
  void drop(const std::string& url, const std::vector<PendingItem>& dropped,
            SubscriptionStore::StoreBatch& writes, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void add_dead_letter(const ActiveSubscription& active, const Guid& person,
                       SubscriptionStore::StoreBatch& writes, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  watch::WatchRegistry& watchers_;
  SubscriptionStore& store_;
  webhook::WebhookClient& webhook_client_;
  const Clock& clock_;
  SubscriberView& subscriber_view_;
  const PublisherSettings settings_;
  StringPool string_pool_;
  std::atomic<bool> started_ = false;
  Random random_;  // of the publisher's thread

  mutable Mutex mutex_;    // also guards the members of all ActiveSubscriptions
  CondVar wake_;           // something became due earlier, a reply arrived, or the clock moved
  CondVar settled_;        // nothing is due, or closing_
  CondVar load_progress_;  // loaded_count_ or start_finished_ changed
  std::size_t loaded_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool start_finished_ ABSL_GUARDED_BY(mutex_) = false;
  Counters counters_;
  SubscriptionRegistry registry_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Guid, std::shared_ptr<ActiveSubscription>, std::hash<Guid>> active_
      ABSL_GUARDED_BY(mutex_);
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  std::vector<DeliveryResult> results_ ABSL_GUARDED_BY(mutex_);  // replies that were not processed yet
  std::size_t dead_letters_ ABSL_GUARDED_BY(mutex_) = 0;         // stored ones
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;                    // the thread works without the mutex
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  std::optional<WorkerPool> disk_{std::in_place, kSubscriptionWritesMax};  // nullopt after end_writes()
  std::thread thread_;
};

}  // namespace porchlight::notify
