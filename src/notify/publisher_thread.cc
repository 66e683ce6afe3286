// The publisher's thread: it selects what is due, posts it, and records the replies.
//
//   next_batch()       takes the items of a URL that is due
//   select_due()       drops items whose state equals the last one sent, and marks the others kSentUnknown
//   store_.write()     makes the marks durable, for many URLs at once
//   send()             renders and posts; the reply arrives in results_ on the webhook client's thread
//   process_replies()  records the sent states, or returns the items to the outbox
//
// A crash between the mark and the recorded reply leaves kSentUnknown on disk. That differs from every state, so
// the change is sent again: a notification may be repeated, but is not lost.
#include <algorithm>

#include "notify/publisher.h"

namespace porchlight::notify {
namespace {

// The longest sleep. The system clock counts nanoseconds: a later time might not fit.
constexpr Duration kLongestSleep = std::chrono::days(1);
// Batches and items of one write to the disk. Selecting them holds the mutex, so requests for subscriptions wait.
constexpr std::size_t kBatchesPerWrite = 64;
constexpr std::size_t kItemsPerWrite = 4 * kItemsPerPostMax;
// As recorded for presence; receivers compare with exactly this text (spec notifications §4.1).
constexpr std::string_view kNotificationContentType = "application/json; charset=utf-8";

// The saved state of a person for an expired subscription.
std::optional<VisibleState> final_state(const ActiveSubscription& active, const Guid& person) {
  const auto found = std::ranges::find(active.final_states, person, &std::pair<Guid, VisibleState>::first);
  if (found == active.final_states.end()) return std::nullopt;
  return found->second;
}

// The entry of the person of a kChange. Returns null if the change must not be sent to this URL any more: the
// subscription was removed or has another URL, or the person is no member.
ActiveSubscription::PersonDelivery* person_delivery_of(const PendingItem& item, std::string_view url) {
  ActiveSubscription& active = *item.active;
  if (active.lifecycle == ActiveSubscription::Lifecycle::kRemoved || *active.subscription->url != url)
    return nullptr;
  return active.find(item.person);
}

// Without the port.
std::string_view host_of(std::string_view url) {
  const std::string_view origin = origin_of(url);
  const std::string_view host = origin.substr(origin.find("://") + 3);
  return host.ends_with(']') ? host : host.substr(0, host.rfind(':'));
}

// Stores what was last sent, if the subscription still has rows.
void record_sent(SubscriptionStore::StoreBatch& writes, const ActiveSubscription& active,
                 const LastSent& last_sent) {
  if (active.lifecycle != ActiveSubscription::Lifecycle::kActive) return;
  // Named people that are PresenceUnknown have no row. Members always have one: the rows list them at a start.
  if (last_sent.code == presence::kPresenceUnknown.code() && active.names_people())
    writes.remove_last_sent(active.subscription->id, last_sent.person);
  else
    writes.put_last_sent(active.subscription->id, last_sent);
}

}  // namespace

void Publisher::clock_advanced() {
  const MutexLock lock(mutex_);
  wake_.notify_all();
  while (!closing_ && (busy_ || !results_.empty() || outbox_.first_due() <= clock_.wall()))
    settled_.wait(mutex_);
}

void Publisher::run() {
  const MutexLock lock(mutex_);
  while (!closing_) {
    if (!results_.empty()) {
      process_replies();
    } else if (outbox_.first_due() <= clock_.wall()) {
      send_due();
    } else {
      settled_.notify_all();
      sleep_until(outbox_.first_due());
    }
  }
}

void Publisher::sleep_until(Time due) {
  if (due == presence::kNever || clock_.is_manual()) return wake_.wait(mutex_);
  wake_.wait_until(mutex_,
                   std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kLongestSleep)));
}

// Posts the items of all URLs that are due. They are first marked as kSentUnknown on disk, with one write for all:
// whatever happens afterwards, they do not count as sent.
void Publisher::send_due() {
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
  mutex_.unlock();
  const bool marked = writes.empty() || store_.write(std::move(writes), SubscriptionStore::WriteSync::kYes);
  if (marked)
    for (const auto& [delivery, timeout] : leaving) send(delivery, timeout);
  mutex_.lock();
  busy_ = false;
  if (marked) return;
  for (const auto& [delivery, timeout] : leaving) requeue(*delivery);
}

// Undoes select_due() if the marks could not be written: the items go back to the outbox and nothing is posted.
void Publisher::requeue(Delivery& delivery) {
  for (std::size_t i = 0; i < delivery.items.size(); ++i) {
    if (delivery.items[i].kind != NotificationKind::kChange) continue;
    if (ActiveSubscription::PersonDelivery* const person_delivery =
            person_delivery_of(delivery.items[i], delivery.url))
      person_delivery->sent_code = delivery.sent_before[i];
  }
  outbox_.requeue(delivery.url, take_still_pending(delivery), timestamps());
}

// If the body cannot be rendered, this counts as a failed post.
void Publisher::send(const std::shared_ptr<Delivery>& delivery, Duration timeout) {
  const Time now = clock_.wall();
  if (const auto cause = subscriber_view_.cause(delivery->notifications, now))
    delivery->span.emplace(cause, random_);
  auto on_reply = [this, delivery](webhook::Reply reply) {
    end_span(*delivery, reply);
    const MutexLock lock(mutex_);
    results_.push_back({delivery, std::move(reply)});
    wake_.notify_all();
  };
  auto body = subscriber_view_.render(delivery->notifications, now);
  if (!body) return on_reply({.error = webhook::PostError::kOther});
  webhook_client_.post({.url = delivery->url,
                        .content_type = std::string(kNotificationContentType),
                        .body = *std::move(body),
                        .traceparent = delivery->span ? to_traceparent(delivery->span->context()) : "",
                        .timeout = timeout},
                       std::move(on_reply));
}

// On the webhook client's thread. Of the URL, the span has the host: the rest may hold a secret.
void Publisher::end_span(const Delivery& delivery, const webhook::Reply& reply) {
  if (settings_.spans == nullptr || !delivery.span || !delivery.span->context().is_sampled()) return;
  trace::EndedSpan span = delivery.span->end(trace::SpanKind::kClient, "POST");
  span.attributes = {{"http.request.method", "POST"}, {"server.address", std::string(host_of(delivery.url))}};
  if (reply.status != 0) span.attributes.push_back({"http.response.status_code", reply.status});
  span.has_failed = !reply.accepted();
  settings_.spans->add(std::move(span));
}

// Selects the items whose present state still differs from the last state sent.
Publisher::Delivery Publisher::select_due(Outbox::SendBatch& batch, SubscriptionStore::StoreBatch& writes,
                                          Time now) {
  Delivery delivery{.url = batch.url, .items = {}, .notifications = {}, .sent_before = {}};
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
    // A state that was not tried before gets the full retry time (webhook::kRetryUntil).
    if (item.last_tried_code.value_or(seen->state.code()) != seen->state.code()) item.since = now;
    item.last_tried_code = seen->state.code();
    delivery.sent_before.push_back(std::exchange(person_delivery->sent_code, kSentUnknown));
    if (delivery.sent_before.back() != kSentUnknown) record_sent(writes, active, {item.person, kSentUnknown});
    delivery.notifications.push_back({active.subscription, NotificationKind::kChange, item.person, *seen});
    delivery.items.push_back(std::move(item));
  }
  return delivery;
}

// Replies that arrive during the write to the disk are processed in the next round.
void Publisher::process_replies() {
  SubscriptionStore::StoreBatch writes;
  for (const DeliveryResult& result : std::exchange(results_, {})) {
    const webhook::Reply& reply = result.reply;
    const bool is_accepted = reply.accepted();
    const Timestamps now = timestamps();
    (is_accepted ? counters_.accepted : counters_.failed).add();
    if (reply.error == webhook::PostError::kNone) counters_.times.add(reply.took);
    record_post(*result.delivery, reply, now.wall);
    if (is_accepted) record_accepted(*result.delivery, writes);
    std::vector<PendingItem> unsent =
        is_accepted ? std::vector<PendingItem>() : take_still_pending(*result.delivery);
    const auto expired = outbox_.complete(result.delivery->url, {is_accepted, reply.took}, std::move(unsent),
                                          now, random_.next());
    drop(result.delivery->url, expired, writes, now.wall);
  }
  if (writes.empty()) return;
  busy_ = true;
  mutex_.unlock();
  store_.write(std::move(writes), SubscriptionStore::WriteSync::kNo);
  mutex_.lock();
  busy_ = false;
}

// Records how a post ended, in each of its subscriptions.
void Publisher::record_post(const Delivery& delivery, const webhook::Reply& reply, Time now) {
  for (const PendingItem& item : delivery.items) {
    if (reply.accepted())
      item.active->accepted_at = now;
    else
      item.active->failed_post = ActiveSubscription::FailedPost{now, reply.error, reply.status};
  }
}

// Records the sent states after a reply that accepted the post.
void Publisher::record_accepted(const Delivery& delivery, SubscriptionStore::StoreBatch& writes) {
  for (std::size_t i = 0; i < delivery.items.size(); ++i) {
    const PendingItem& item = delivery.items[i];
    if (item.kind == NotificationKind::kMissed) item.active->missed_pending = false;
    if (item.kind != NotificationKind::kChange) continue;
    const Duration delay = std::max(clock_.wall() - item.since, Duration{});
    counters_.told_after.add(static_cast<std::uint64_t>(delay.count()));
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, delivery.url);
    if (person_delivery == nullptr) continue;
    person_delivery->sent_code = delivery.notifications[i].seen.state.code();
    record_sent(writes, *item.active, {item.person, person_delivery->sent_code});
  }
}

// The items of a delivery that are still to be sent: without those that were queued again in the meantime.
std::vector<PendingItem> Publisher::take_still_pending(Delivery& delivery) {
  std::erase_if(delivery.items, [&](const PendingItem& item) {
    if (item.kind != NotificationKind::kChange) return false;
    ActiveSubscription::PersonDelivery* person_delivery = person_delivery_of(item, delivery.url);
    return person_delivery == nullptr || std::exchange(person_delivery->is_queued, true);
  });
  return std::move(delivery.items);
}

// Gives up changes and queues a `missed` event, after which the subscriber reads all people once
// (spec notifications §8). A dropped change still counts as not sent: the next change of the person, or a renewal,
// queues it again.
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
  counters_.given_up.add(count);
  if (count != 0 && settings_.on_dropped) settings_.on_dropped(count, origin_of(url));
}

// Stores a dead letter, in place of the oldest one if there are too many.
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
