// The subscriptions of the publisher: loading, creating, changing and removing them. publisher_watch.cc finds their
// changes, and publisher_thread.cc sends what is queued here.
//
// Locks: a synced write to the disk happens without the mutex, an unsynced one may happen with it. The disk worker
// is the only thread that creates, changes and removes subscriptions for clients, so these never overlap.
#include "notify/publisher.h"

#include <algorithm>
#include <future>

#include "presence/record.h"

namespace porchlight::notify {

using presence::kNever;
using state::UserKey;
using WriteSync = SubscriptionStore::WriteSync;

namespace {

// Removals that start() writes at once.
constexpr std::size_t kRemovalsPerWrite = 1000;
// Subscriptions that start() begins to serve while it holds the mutex once: less than a millisecond.
constexpr std::size_t kLoadedPerHold = 64;
// Subscriptions that start() sorts by person: neighbours in the tables of the watch registry are then added together,
// with fewer waits for memory.
constexpr std::size_t kSortedTogether = 8192;

// Calls a callback once: by finish(), or with kFailed if the task that owns it is dropped.
class DoneGuard {
 public:
  explicit DoneGuard(Publisher::SubscriptionCallback done) : done_(std::move(done)) {}
  DoneGuard(DoneGuard&& other) noexcept : done_(std::exchange(other.done_, nullptr)) {}
  DoneGuard& operator=(DoneGuard&&) = delete;
  ~DoneGuard() {
    if (done_) done_(Publisher::WriteResult::kFailed, nullptr);
  }
  void finish(Publisher::WriteResult outcome, Publisher::SubscriptionPtr stored = nullptr) {
    std::exchange(done_, nullptr)(outcome, std::move(stored));
  }

 private:
  Publisher::SubscriptionCallback done_;
};

}  // namespace

void Publisher::Reservation::release() {
  if (Publisher* publisher = std::exchange(publisher_, nullptr)) publisher->release(key_);
}

Publisher::Publisher(watch::WatchRegistry& watchers, SubscriptionStore& store,
                     webhook::WebhookClient& webhook_client, const Clock& clock,
                     SubscriberView& subscriber_view, const PublisherSettings& settings)
    : watchers_(watchers),
      store_(store),
      webhook_client_(webhook_client),
      clock_(clock),
      subscriber_view_(subscriber_view),
      settings_(settings),
      registry_(settings.limits) {
  thread_ = std::thread([this] { run(); });
}

Publisher::~Publisher() { close(); }

std::expected<void, std::string> Publisher::start() {
  auto loaded = load_all();
  started_ = loaded.has_value();
  const MutexLock lock(mutex_);
  start_finished_ = true;
  load_progress_.notify_all();
  return loaded;
}

void Publisher::await_start(std::size_t loaded_min) {
  const MutexLock lock(mutex_);
  while (!start_finished_ && loaded_count_ < loaded_min) load_progress_.wait(mutex_);
}

// A few at a time: there may be a million. While some begin to be served, the next ones are read.
std::expected<void, std::string> Publisher::load_all() {
  {
    const MutexLock lock(mutex_);
    dead_letters_ = store_.dead_letters(kDeadLettersMax).size();
  }
  const Time now = clock_.wall();
  SubscriptionStore::StoreBatch removed;
  std::size_t removed_count = 0;
  std::vector<StoredSubscription> waiting;
  std::future<bool> loading;
  const auto load_waiting = [&] {
    if (loading.valid() && !loading.get()) return false;
    loading = std::async(std::launch::async, [this, now, stored = std::move(waiting)]() mutable {
      return load_sorted(std::move(stored), now);
    });
    waiting.clear();
    return true;
  };
  const auto read =
      store_.each(string_pool_, [&](Subscription subscription, const std::vector<LastSent>& last_sent) {
        const bool is_permitted = subscriber_view_.is_still_permitted(subscription);
        const StoredSubscription& stored =
            waiting.emplace_back(make_active(std::move(subscription), last_sent), is_permitted);
        if (!stored.is_served(now)) {
          removed.remove(stored.active->subscription->id, stored.active->people());
          if (++removed_count % kRemovalsPerWrite == 0)
            store_.write(std::exchange(removed, {}), WriteSync::kNo);
        }
        return waiting.size() < kSortedTogether || load_waiting();
      });
  if (load_waiting()) loading.wait();
  if (!removed.empty()) store_.write(std::move(removed), WriteSync::kNo);
  return read;
}

// Returns false if the publisher is closing.
bool Publisher::load_sorted(std::vector<StoredSubscription> stored, Time now) {
  std::ranges::sort(stored, {}, &StoredSubscription::first_target);
  for (std::span<const StoredSubscription> rest = stored; !rest.empty();) {
    const std::size_t count = std::min(rest.size(), kLoadedPerHold);
    if (!load(rest.first(count), now)) return false;
    rest = rest.subspan(count);
  }
  return true;
}

// Begins to serve stored subscriptions, or queues the lifecycle event of those that are no longer permitted. Returns
// false if the publisher is closing.
bool Publisher::load(std::span<const StoredSubscription> portion, Time now) {
  std::vector<std::shared_ptr<ActiveSubscription>> served;
  served.reserve(portion.size());
  const MutexLock lock(mutex_);
  if (closing_) return false;
  for (const StoredSubscription& stored : portion) {
    ActiveSubscription& active = *stored.active;
    if (stored.is_served(now)) {
      registry_.add(subscription_key(*active.subscription));
      active_.emplace(active.subscription->id, stored.active);
      served.push_back(stored.active);
    } else {
      active.lifecycle = ActiveSubscription::Lifecycle::kRemoved;
      if (!stored.is_permitted) enqueue_lifecycle_event(active, NotificationKind::kSubscriptionRemoved, now);
    }
  }
  watch_stored(served);
  loaded_count_ += portion.size();
  load_progress_.notify_all();
  return true;
}

void Publisher::close() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
    settled_.notify_all();
    if (watchers_.count() > 0) {  // else they are closed
      for (const auto& [id, active] : active_)
        if (active->watch_id) watchers_.unwatch(*active->watch_id);
    }
  }
  thread_.join();
}

void Publisher::end_writes() { disk_.reset(); }

std::expected<Publisher::Reservation, QuotaError> Publisher::reserve(const Subscription& subscription) {
  const SubscriptionKey key = subscription_key(subscription);
  const MutexLock lock(mutex_);
  const auto denial = registry_.check_quota(key, [&](const Guid& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto other = active_.find(id);
    return other != active_.end() && other->second->subscription->resource == subscription.resource;
  });
  if (denial) return std::unexpected(*denial);
  registry_.add(key);
  return Reservation(*this, key);
}

void Publisher::release(const SubscriptionKey& key) {
  const MutexLock lock(mutex_);
  registry_.remove(key);
}

void Publisher::add(Reservation reservation, Subscription subscription, SubscriptionCallback done) {
  disk_->run([this, reservation = std::move(reservation), subscription = std::move(subscription),
              guard = DoneGuard(std::move(done))]() mutable {
    const std::vector<LastSent> last_sent = initial_states(subscription);
    SubscriptionStore::StoreBatch writes;
    writes.put(subscription);
    for (const LastSent& one : last_sent) writes.put_last_sent(subscription.id, one);
    if (!store_.write(std::move(writes), WriteSync::kYes)) return guard.finish(WriteResult::kFailed);
    SubscriptionPtr stored;
    {
      const MutexLock lock(mutex_);
      const auto active = make_active(std::move(subscription), last_sent);
      stored = active->subscription;
      active_.emplace(stored->id, active);
      reservation.publisher_ = nullptr;  // the share of the quota now belongs to the subscription
      watch(active);
    }
    guard.finish(WriteResult::kDone, std::move(stored));
  });
}

void Publisher::change(const Guid& id, std::function<void(Subscription&)> edit, SubscriptionCallback done) {
  disk_->run([this, id, edit = std::move(edit), guard = DoneGuard(std::move(done))]() mutable {
    const SubscriptionPtr old = find(id, clock_.wall());
    if (!old) return guard.finish(WriteResult::kNotFound);
    const auto changed = [&] {
      Subscription copy = *old;
      edit(copy);
      return std::make_shared<const Subscription>(std::move(copy));
    }();
    SubscriptionStore::StoreBatch writes;
    writes.put(*changed);
    if (!store_.write(std::move(writes), WriteSync::kYes)) return guard.finish(WriteResult::kFailed);
    {
      const MutexLock lock(mutex_);
      const auto found = active_.find(id);
      if (found == active_.end()) {
        SubscriptionStore::StoreBatch undone;  // it ended in the meantime
        undone.remove(id, {});
        store_.write(std::move(undone), WriteSync::kNo);
        return guard.finish(WriteResult::kNotFound);
      }
      const std::shared_ptr<ActiveSubscription> active = found->second;
      // Items in the queue of the old URL are skipped there; the new watch queues them for the new URL.
      if (*active->subscription->url != *changed->url)
        for (ActiveSubscription::PersonDelivery& person_delivery : active->person_deliveries)
          person_delivery.is_queued = false;
      active->subscription = changed;
      active->is_reminded = false;
      rewatch(*active);
    }
    guard.finish(WriteResult::kDone, changed);
  });
}

void Publisher::remove(const Guid& id, SubscriptionCallback done) {
  disk_->run([this, id, guard = DoneGuard(std::move(done))]() mutable {
    std::shared_ptr<ActiveSubscription> active;
    std::vector<Guid> people;
    {
      const MutexLock lock(mutex_);
      const auto found = active_.find(id);
      if (found == active_.end()) return guard.finish(WriteResult::kNotFound);
      active = found->second;
      people = active->people();
    }
    SubscriptionStore::StoreBatch writes;
    writes.remove(id, people);
    if (!store_.write(std::move(writes), WriteSync::kYes)) return guard.finish(WriteResult::kFailed);
    {
      const MutexLock lock(mutex_);
      active->lifecycle = ActiveSubscription::Lifecycle::kRemoved;
      deactivate(*active);
    }
    guard.finish(WriteResult::kDone);
  });
}

Publisher::SubscriptionPtr Publisher::find(const Guid& id, Time now) const {
  const MutexLock lock(mutex_);
  const auto found = active_.find(id);
  if (found == active_.end() || found->second->subscription->expires_at <= now) return nullptr;
  return found->second->subscription;
}

std::pair<std::vector<Publisher::SubscriptionPtr>, bool> Publisher::list(
    const SubscriptionKey& after, std::size_t limit, Time now,
    const std::function<bool(const SubscriptionKey&)>& in_scope) const {
  const MutexLock lock(mutex_);
  std::pair<std::vector<SubscriptionPtr>, bool> page{};
  registry_.each(after, [&](const SubscriptionKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!in_scope(key)) return false;
    const auto found = active_.find(key.id);
    if (found == active_.end() || found->second->subscription->expires_at <= now) return true;
    page.second = page.first.size() == limit;
    if (!page.second) page.first.push_back(found->second->subscription);
    return !page.second;
  });
  return page;
}

std::optional<Publisher::SubscriptionStatus> Publisher::status_of(const Guid& id) const {
  const MutexLock lock(mutex_);
  const auto found = active_.find(id);
  if (found == active_.end()) return std::nullopt;
  const ActiveSubscription& active = *found->second;
  SubscriptionStatus status;
  status.host = outbox_.host_level(*active.subscription->url, clock_.steady());
  status.pending = static_cast<std::size_t>(
      std::ranges::count(active.person_deliveries, true, &ActiveSubscription::PersonDelivery::is_queued));
  if (active.accepted_at != Time{}) status.accepted_at = active.accepted_at;
  if (active.failed_post) status.failed_post = *active.failed_post;
  return status;
}

std::size_t Publisher::count() const {
  const MutexLock lock(mutex_);
  return active_.size();
}

std::size_t Publisher::count_of(const Guid& tenant) const {
  const MutexLock lock(mutex_);
  return registry_.count_of(tenant);
}

Outbox::Backlog Publisher::backlog() const {
  const MutexLock lock(mutex_);
  return outbox_.backlog(clock_.steady());
}

std::vector<DeadLetter> Publisher::dead_letters(const Guid& tenant, std::size_t limit) const {
  std::vector<DeadLetter> letters = store_.dead_letters(kDeadLettersMax);
  std::erase_if(letters, [&](const DeadLetter& letter) { return letter.tenant != tenant; });
  if (letters.size() > limit) letters.resize(limit);
  return letters;
}

Publisher::Replayed Publisher::replay(const Guid& tenant) {
  Replayed replayed;
  if (!settings_.posts) return replayed;
  for (const DeadLetter& letter : dead_letters(tenant, kDeadLettersMax)) {
    const MutexLock lock(mutex_);
    if (!store_.remove_dead_letter(letter)) continue;
    --dead_letters_;
    const auto found = active_.find(letter.subscription);
    ActiveSubscription::PersonDelivery* person_delivery =
        found == active_.end() ? nullptr : found->second->find(letter.person);
    if (person_delivery == nullptr) {
      ++replayed.not_found;
      continue;
    }
    person_delivery->sent_code = kSentUnknown;
    enqueue_change(*found->second, letter.person, *person_delivery, clock_.wall());
    ++replayed.requeued;
  }
  return replayed;
}

// The states that the owner of a new subscription can read at its creation: they count as sent.
std::vector<LastSent> Publisher::initial_states(const Subscription& subscription) const {
  const Time now = clock_.wall();
  std::vector<LastSent> last_sent;
  for (const Guid& person : subscriber_view_.people(subscription)) {
    const std::uint8_t code = subscriber_view_.visible_state(subscription, person, now).state.code();
    // Of named people, those that are PresenceUnknown have no row (subscription_store.h).
    if (subscription.target.kind != watch::TargetKind::kPeople || code != presence::kPresenceUnknown.code())
      last_sent.push_back({person, code});
  }
  return last_sent;
}

std::shared_ptr<ActiveSubscription> Publisher::make_active(Subscription subscription,
                                                           const std::vector<LastSent>& last_sent) {
  return std::make_shared<ActiveSubscription>(*this, std::move(subscription), last_sent);
}

// At most one change of each person is in the outbox.
void Publisher::enqueue_change(ActiveSubscription& active, const Guid& person,
                               ActiveSubscription::PersonDelivery& person_delivery, Time since) {
  if (!settings_.posts || std::exchange(person_delivery.is_queued, true)) return;
  outbox_.add(*active.subscription->url,
              {active.shared_from_this(), NotificationKind::kChange, person, since}, timestamps());
  wake_.notify_all();
}

// Does nothing without a lifecycle URL, or if a kMissed is in the outbox already.
void Publisher::enqueue_lifecycle_event(ActiveSubscription& active, NotificationKind kind, Time since) {
  const InternedString& url = active.subscription->extras_or_empty().lifecycle_url;
  if (!url || !settings_.posts ||
      (kind == NotificationKind::kMissed && std::exchange(active.missed_pending, true)))
    return;
  outbox_.add(*url, {active.shared_from_this(), kind, {}, since}, timestamps());
  wake_.notify_all();
}

// Ends a subscription. If it expired, its pending changes are still sent, with the state of its last millisecond:
// these states are saved here, because a later read would show a later state.
void Publisher::end(ActiveSubscription& active, ActiveSubscription::Lifecycle lifecycle, Time now) {
  active.lifecycle = lifecycle;
  const Subscription& subscription = *active.subscription;
  if (lifecycle == ActiveSubscription::Lifecycle::kExpired) {
    const Time last = subscription.clamp_to_lifetime(now);
    for (std::size_t i = 0; i < active.person_deliveries.size(); ++i) {
      const Guid& person = active.people()[i];
      if (active.person_deliveries[i].is_queued || active.person_deliveries[i].sent_code == kSentUnknown)
        active.final_states.emplace_back(person, subscriber_view_.visible_state(subscription, person, last));
    }
  }
  deactivate(active);
  // Not synced: after a crash, start() finds that the subscription has ended.
  SubscriptionStore::StoreBatch writes;
  writes.remove(subscription.id, active.people());
  store_.write(std::move(writes), WriteSync::kNo);
}

// Removes a subscription from all indexes. Items in the outbox keep it alive until they are processed.
void Publisher::deactivate(ActiveSubscription& active) {
  const std::shared_ptr<ActiveSubscription> alive = active.shared_from_this();
  if (active_.erase(active.subscription->id) == 0) return;
  registry_.remove(subscription_key(*active.subscription));
  if (active.watch_id) watchers_.unwatch(*active.watch_id);
}

}  // namespace porchlight::notify
