// The publisher's own thread: what is due is chosen, posted, and what came of it is remembered.
#include <algorithm>

#include "notify/publisher.h"

namespace porchlight::notify {
namespace {

// The longest sleep: the system clock's finer count must hold its end.
constexpr Duration kLongestSleep = std::chrono::days(1);
// What is served with one write to the disk. Requests for subscriptions wait while it is chosen.
constexpr std::size_t kBatchesPerWrite = 64;
constexpr std::size_t kItemsPerWrite = 4 * kItemsPerPostMax;

// What was in the outbox of an ended listener.
std::optional<VisibleState> final_state(const ActiveSubscription& active, const Guid& person) {
  const auto found = std::ranges::find(active.final_states, person, &std::pair<Guid, VisibleState>::first);
  if (found == active.final_states.end()) return std::nullopt;
  return found->second;
}

// The note of the person that this change is of, unless it is not to be told any more: forgotten, or told
// elsewhere by now.
ActiveSubscription::PersonDelivery* person_delivery_of(const PendingItem& item, std::string_view url) {
  ActiveSubscription& active = *item.active;
  if (active.lifecycle == ActiveSubscription::Lifecycle::kRemoved || *active.subscription->url != url)
    return nullptr;
  return active.find(item.person);
}

void record_sent(SubscriptionStore::StoreBatch& writes, const ActiveSubscription& active,
                 const LastSent& last_sent) {
  if (active.lifecycle != ActiveSubscription::Lifecycle::kActive) return;
  // Of a list, who is not known has no row; of a group, who has no row is not in it.
  if (last_sent.code == presence::kPresenceUnknown.code() && active.names_people())
    writes.remove_last_sent(active.subscription->id, last_sent.person);
  else
    writes.put_last_sent(active.subscription->id, last_sent);
}

}  // namespace

void Publisher::clock_advanced() {
  Lock lock(mutex_);
  wake_.notify_all();
  settled_.wait(lock, [this] {
    return closing_ || (!busy_ && results_.empty() && outbox_.first_due() > clock_.wall());
  });
}

void Publisher::run() {
  Lock lock(mutex_);
  while (!closing_) {
    if (!results_.empty()) {
      process_replies(lock);
    } else if (outbox_.first_due() <= clock_.wall()) {
      send_due(lock);
    } else {
      settled_.notify_all();
      sleep_until(outbox_.first_due(), lock);
    }
  }
}

void Publisher::sleep_until(Time due, Lock& lock) {
  if (due == presence::kNever || clock_.is_manual()) return wake_.wait(lock);
  wake_.wait_until(lock, std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kLongestSleep)));
}

// Posts what the URLs that are due are owed. What is about to leave is first marked as unsure on disk, for
// all of them at once: whatever happens from then on, it is not taken for told.
void Publisher::send_due(Lock& lock) {
  const Timestamps now = timestamps();
  SubscriptionStore::StoreBatch writes;
  std::vector<std::pair<std::shared_ptr<Delivery>, Duration>> leaving;
  std::size_t items = 0;
  for (std::size_t i = 0; i < kBatchesPerWrite && items < kItemsPerWrite && outbox_.first_due() <= now.wall;
       ++i) {
    Outbox::SendBatch batch = outbox_.next_batch(now);
    items += batch.items.size();
    drop(batch.url, batch.dropped, writes, now.wall);
    Delivery delivery = select_due(batch, writes, now.wall);
    if (!delivery.items.empty())
      leaving.emplace_back(std::make_shared<Delivery>(std::move(delivery)), batch.timeout);
    else if (!batch.items.empty())
      outbox_.cancel(batch.url, now);
  }
  busy_ = true;
  lock.unlock();
  const bool marked = writes.empty() || store_.write(std::move(writes), SubscriptionStore::WriteSync::kYes);
  if (marked)
    for (const auto& [delivery, timeout] : leaving) send(delivery, timeout);
  lock.lock();
  busy_ = false;
  if (marked) return;
  for (const auto& [delivery, timeout] : leaving) requeue(*delivery);
}

// What the disk does not know to be sent stays here until it does: it counts as told as before.
void Publisher::requeue(Delivery& delivery) {
  for (std::size_t i = 0; i < delivery.items.size(); ++i) {
    if (delivery.items[i].kind != NotificationKind::kChange) continue;
    if (ActiveSubscription::PersonDelivery* const person_delivery =
            person_delivery_of(delivery.items[i], delivery.url))
      person_delivery->sent_code = delivery.sent_before[i];
  }
  outbox_.requeue(delivery.url, take_still_pending(delivery), timestamps());
}

// Where it cannot be put into words, it counts as a post that failed.
void Publisher::send(const std::shared_ptr<Delivery>& delivery, Duration timeout) {
  auto on_reply = [this, delivery](webhook::Reply reply) {
    const Lock lock(mutex_);
    results_.push_back({delivery, std::move(reply)});
    wake_.notify_all();
  };
  auto body = subscriber_view_.render(delivery->notifications, clock_.wall());
  if (!body) return on_reply({.error = webhook::PostError::kOther});
  webhook_client_.post({.url = delivery->url,
                        .content_type = "application/json",
                        .body = *std::move(body),
                        .timeout = timeout},
                       std::move(on_reply));
}

// Of what waits, that which a read would still show differently from what was told.
Publisher::Delivery Publisher::select_due(Outbox::SendBatch& batch, SubscriptionStore::StoreBatch& writes,
                                          Time now) {
  Delivery delivery{batch.url, {}, {}, {}};
  for (PendingItem& item : batch.items) {
    ActiveSubscription& active = *item.active;
    if (item.kind != NotificationKind::kChange) {
      delivery.notifications.push_back({active.subscription, item.kind, {}, {presence::kPresenceUnknown, 0}});
      delivery.sent_before.push_back(kSentUnknown);
      delivery.items.push_back(std::move(item));
      continue;
    }
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, batch.url);
    if (person_delivery == nullptr) continue;
    person_delivery->is_queued = false;
    const auto seen = active.lifecycle == ActiveSubscription::Lifecycle::kExpired
                          ? final_state(active, item.person)
                          : subscriber_view_.visible_state(*active.subscription, item.person,
                                                           active.subscription->clamp_to_lifetime(now));
    if (!seen || seen->state.code() == person_delivery->sent_code) continue;
    // What changed since the last try is tried for four hours of its own.
    if (item.last_tried_code.value_or(seen->state.code()) != seen->state.code()) item.since = now;
    item.last_tried_code = seen->state.code();
    delivery.sent_before.push_back(std::exchange(person_delivery->sent_code, kSentUnknown));
    if (delivery.sent_before.back() != kSentUnknown) record_sent(writes, active, {item.person, kSentUnknown});
    delivery.notifications.push_back({active.subscription, NotificationKind::kChange, item.person, *seen});
    delivery.items.push_back(std::move(item));
  }
  return delivery;
}

void Publisher::process_replies(Lock& lock) {
  SubscriptionStore::StoreBatch writes;
  for (const DeliveryResult& result : std::exchange(results_, {})) {
    const webhook::Reply& reply = result.reply;
    const bool taken = reply.accepted();
    const Timestamps now = timestamps();
    if (taken) record_accepted(*result.delivery, writes);
    std::vector<PendingItem> unsent =
        taken ? std::vector<PendingItem>() : take_still_pending(*result.delivery);
    const auto expired =
        outbox_.complete(result.delivery->url, {taken, reply.took}, std::move(unsent), now, random_.next());
    drop(result.delivery->url, expired, writes, now.wall);
  }
  if (writes.empty()) return;
  busy_ = true;
  lock.unlock();
  store_.write(std::move(writes), SubscriptionStore::WriteSync::kNo);
  lock.lock();
  busy_ = false;
}

void Publisher::record_accepted(const Delivery& delivery, SubscriptionStore::StoreBatch& writes) {
  for (std::size_t i = 0; i < delivery.items.size(); ++i) {
    const PendingItem& item = delivery.items[i];
    if (item.kind == NotificationKind::kMissed) item.active->missed_pending = false;
    if (item.kind != NotificationKind::kChange) continue;
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, delivery.url);
    if (person_delivery == nullptr) continue;
    person_delivery->sent_code = delivery.notifications[i].seen.state.code();
    record_sent(writes, *item.active, {item.person, person_delivery->sent_code});
  }
}

// What changed once more meanwhile is in the outbox already.
std::vector<PendingItem> Publisher::take_still_pending(Delivery& delivery) {
  std::erase_if(delivery.items, [&](const PendingItem& item) {
    if (item.kind != NotificationKind::kChange) return false;
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, delivery.url);
    return person_delivery == nullptr || std::exchange(person_delivery->is_queued, true);
  });
  return std::move(delivery.items);
}

// Whoever missed something reads everything once (spec notifications §8). It still counts as not told: it is
// owed again as soon as the person is looked at again, as at a change or a renewal.
void Publisher::drop(const std::string& url, const std::vector<PendingItem>& dropped,
                     SubscriptionStore::StoreBatch& writes, Time now) {
  std::size_t count = 0;
  for (const PendingItem& item : dropped) {
    ActiveSubscription& active = *item.active;
    if (item.kind == NotificationKind::kMissed) active.missed_pending = false;
    if (item.kind != NotificationKind::kChange) continue;
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, url);
    if (person_delivery == nullptr) continue;
    person_delivery->is_queued = false;
    if (active.lifecycle == ActiveSubscription::Lifecycle::kActive)
      add_dead_letter(active, item.person, writes, now);
    enqueue_lifecycle_event(active, NotificationKind::kMissed, now);
    ++count;
  }
  if (count != 0 && settings_.on_dropped) settings_.on_dropped(count, origin_of(url));
}

void Publisher::add_dead_letter(const ActiveSubscription& active, const Guid& person,
                                SubscriptionStore::StoreBatch& writes, Time now) {
  if (!settings_.dead_letters) return;
  if (dead_letters_ >= kDeadLettersMax) {
    for (const DeadLetter& oldest : store_.dead_letters(1))
      if (store_.remove_dead_letter(oldest)) --dead_letters_;
  }
  const Subscription& subscription = *active.subscription;
  writes.add_dead_letter({now, subscription.id, person, subscription.tenant, subscription.app});
  ++dead_letters_;
}

}  // namespace porchlight::notify
