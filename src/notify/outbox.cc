// A queue is due at the earlier of its retry time and the expiry of its oldest item, so that an item of a URL that
// keeps failing is reported as dropped in time. urls_ holds a queue only while it has items or a post in flight:
// all work is O(log n) in the number of URLs, plus the items of the batch.
#include "notify/outbox.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace porchlight::notify {
namespace {

using webhook::HostHealth;

}  // namespace

std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return url.substr(0, host == url.npos ? host : url.find_first_of("/?", host + 3));
}

void Outbox::add(const std::string& url, PendingItem item, const Timestamps& now) {
  UrlQueue& queue = urls_[url];
  queue.waiting.push_back(std::move(item));
  reschedule(url, queue, now);
}

// First drops what has expired, then takes items if the URL is not waiting for a retry.
Outbox::SendBatch Outbox::next_batch(const Timestamps& now) {
  CHECK(!due_.empty());
  SendBatch batch;
  batch.url = due_.begin()->second;
  UrlQueue& queue = urls_.at(batch.url);
  const HostHealth& health = health_of(batch.url, now);
  const bool drops = health.state(now.steady) == HostHealth::Level::kDropped;
  if (health.state(now.steady) == HostHealth::Level::kSlow)
    queue.retry_at = std::max(queue.retry_at, now.wall + (health.until() - now.steady));
  // An attempt that was due before the expiry is made even if it is late: the thread wakes a little after the
  // due time.
  const auto is_expired = [&](const PendingItem& item) {
    const Time last_try = item.since + webhook::kRetryUntil;
    return drops || (now.wall > last_try && queue.retry_at > last_try);
  };
  while (!queue.waiting.empty() && is_expired(queue.waiting.front())) {
    batch.dropped.push_back(std::move(queue.waiting.front()));
    queue.waiting.pop_front();
  }
  if (queue.retry_at <= now.wall) {
    const auto end =
        queue.waiting.begin() + static_cast<std::ptrdiff_t>(std::min(kItemsPerPostMax, queue.waiting.size()));
    batch.items.assign(std::make_move_iterator(queue.waiting.begin()), std::make_move_iterator(end));
    queue.waiting.erase(queue.waiting.begin(), end);
    queue.in_flight = !batch.items.empty();
    batch.timeout = queue.failures == 0 ? webhook::kFirstTimeout : webhook::kRetryTimeout;
  }
  reschedule(batch.url, queue, now);
  return batch;
}

// After a failure the retry time follows from the number of failures in a row and the age of the oldest item.
std::vector<PendingItem> Outbox::complete(const std::string& url, const PostResult& result,
                                          std::vector<PendingItem> unsent, const Timestamps& now,
                                          std::uint64_t random) {
  UrlQueue& queue = urls_.at(url);
  CHECK(queue.in_flight);
  queue.in_flight = false;
  std::vector<PendingItem> expired;
  health_of(url, now).add(now.steady, result.took);
  if (result.accepted) {
    queue.failures = 0;
  } else {
    ++queue.failures;
    // Not always the first one: an item whose state changed since the last attempt has a later `since`.
    const auto oldest = std::ranges::min_element(unsent, {}, &PendingItem::since);
    const Duration since_first = unsent.empty() ? Duration{} : now.wall - oldest->since;
    const auto wait = webhook::retry_wait(queue.failures, since_first, random);
    queue.retry_at = now.wall + wait.value_or(webhook::kRetryFirst);
    std::vector<PendingItem> kept;
    for (PendingItem& item : unsent)
      (now.wall - item.since >= webhook::kRetryUntil ? expired : kept).push_back(std::move(item));
    queue.waiting.insert(queue.waiting.begin(), std::make_move_iterator(kept.begin()),
                         std::make_move_iterator(kept.end()));
  }
  reschedule(url, queue, now);
  return expired;
}

void Outbox::requeue(const std::string& url, std::vector<PendingItem> items, const Timestamps& now) {
  UrlQueue& queue = urls_.at(url);
  CHECK(queue.in_flight);
  queue.in_flight = false;
  queue.retry_at = now.wall + webhook::kRetryFirst;
  queue.waiting.insert(queue.waiting.begin(), std::make_move_iterator(items.begin()),
                       std::make_move_iterator(items.end()));
  reschedule(url, queue, now);
}

void Outbox::cancel(const std::string& url, const Timestamps& now) {
  UrlQueue& queue = urls_.at(url);
  CHECK(queue.in_flight);
  queue.in_flight = false;
  reschedule(url, queue, now);
}

// Updates the due time of a queue. An empty queue is removed together with its count of failures, so the next item
// for a URL that failed is tried at once.
void Outbox::reschedule(const std::string& url, UrlQueue& queue, const Timestamps& now) {
  if (queue.due != presence::kNever) due_.erase({queue.due, url});
  queue.due = presence::kNever;
  if (queue.in_flight) return;
  if (queue.waiting.empty()) {
    urls_.erase(url);
    return;
  }
  // There is a last attempt at the expiry itself, so an item is dropped one millisecond after it.
  const Time expires_at = queue.waiting.front().since + webhook::kRetryUntil + Duration(1);
  queue.due = std::max(now.wall, std::min(queue.retry_at, expires_at));
  due_.insert({queue.due, url});
}

// The health of the URL's host, created on first use. Valid until the next call.
HostHealth& Outbox::health_of(std::string_view url, const Timestamps& now) {
  if (hosts_.size() >= hosts_sweep_at_) {
    // Discards hosts without recent posts. The size at least doubles between two sweeps, so each costs O(1)
    // amortized.
    absl::erase_if(hosts_, [&](const auto& host) {
      return host.second.second + webhook::kHealthWindow + webhook::kHealthPause < now.steady;
    });
    hosts_sweep_at_ = std::max(kHostsKept, 2 * hosts_.size());
  }
  auto& [health, asked_at] = hosts_[std::string(origin_of(url))];
  asked_at = now.steady;
  return health;
}

HostHealth::Level Outbox::host_level(std::string_view url, SteadyTime now) const {
  const auto found = hosts_.find(std::string(origin_of(url)));
  return found == hosts_.end() ? HostHealth::Level::kHealthy : found->second.first.state(now);
}

Outbox::Backlog Outbox::backlog(SteadyTime now) const {
  Backlog backlog;
  for (const auto& [url, queue] : urls_) backlog.items += queue.waiting.size();
  for (const auto& [origin, host] : hosts_) ++backlog.hosts[static_cast<std::size_t>(host.first.state(now))];
  return backlog;
}

}  // namespace porchlight::notify
