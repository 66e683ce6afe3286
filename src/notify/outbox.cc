#include "notify/outbox.h"

#include <algorithm>
#include <iterator>

namespace porchlight::notify {
namespace {

using webhook::HostHealth;

}  // namespace

std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return url.substr(0, host == url.npos ? host : url.find_first_of("/?", host + 3));
}

void Outbox::add(const std::string& url, Owed owed, const Moment& now) {
  Queue& queue = urls_[url];
  queue.waiting.push_back(std::move(owed));
  settle(url, queue, now);
}

Outbox::Turn Outbox::next_turn(const Moment& now) {
  Turn turn;
  turn.url = due_.begin()->second;
  Queue& queue = urls_.at(turn.url);
  const HostHealth& health = health_of(turn.url, now);
  const bool drops = health.state(now.steady) == HostHealth::State::kDropped;
  if (health.state(now.steady) == HostHealth::State::kSlow)
    queue.try_at = std::max(queue.try_at, now.wall + (health.until() - now.steady));
  // A try that was due in time is made though it is late: whoever takes turns wakes a little after its
  // moment.
  const auto is_over = [&](const Owed& owed) {
    const Time last_try = owed.since + webhook::kRetryUntil;
    return drops || (now.wall > last_try && queue.try_at > last_try);
  };
  while (!queue.waiting.empty() && is_over(queue.waiting.front())) {
    turn.dropped.push_back(std::move(queue.waiting.front()));
    queue.waiting.pop_front();
  }
  if (queue.try_at <= now.wall) {
    const auto end =
        queue.waiting.begin() + static_cast<std::ptrdiff_t>(std::min(kItemsPerPostMax, queue.waiting.size()));
    turn.items.assign(std::make_move_iterator(queue.waiting.begin()), std::make_move_iterator(end));
    queue.waiting.erase(queue.waiting.begin(), end);
    queue.under_way = !turn.items.empty();
    turn.timeout = queue.failures == 0 ? webhook::kFirstTimeout : webhook::kRetryTimeout;
  }
  settle(turn.url, queue, now);
  return turn;
}

std::vector<Owed> Outbox::answered(const std::string& url, const Answer& answer, std::vector<Owed> back,
                                   const Moment& now, std::uint64_t random) {
  Queue& queue = urls_.at(url);
  queue.under_way = false;
  std::vector<Owed> over;
  health_of(url, now).add(now.steady, answer.took);
  if (answer.taken) {
    queue.failures = 0;
  } else {
    ++queue.failures;
    // What changed again later than what is behind it is owed from later on.
    const auto oldest = std::ranges::min_element(back, {}, &Owed::since);
    const Duration since_first = back.empty() ? Duration{} : now.wall - oldest->since;
    const auto wait = webhook::retry_wait(queue.failures, since_first, random);
    queue.try_at = now.wall + wait.value_or(webhook::kRetryFirst);
    std::vector<Owed> kept;
    for (Owed& owed : back)
      (now.wall - owed.since >= webhook::kRetryUntil ? over : kept).push_back(std::move(owed));
    queue.waiting.insert(queue.waiting.begin(), std::make_move_iterator(kept.begin()),
                         std::make_move_iterator(kept.end()));
  }
  settle(url, queue, now);
  return over;
}

void Outbox::put_back(const std::string& url, std::vector<Owed> items, const Moment& now) {
  Queue& queue = urls_.at(url);
  queue.under_way = false;
  queue.try_at = now.wall + webhook::kRetryFirst;
  queue.waiting.insert(queue.waiting.begin(), std::make_move_iterator(items.begin()),
                       std::make_move_iterator(items.end()));
  settle(url, queue, now);
}

void Outbox::nothing_sent(const std::string& url, const Moment& now) {
  Queue& queue = urls_.at(url);
  queue.under_way = false;
  settle(url, queue, now);
}

// Finds the queue's place among those that are due. One with nothing in it is forgotten, with its failures:
// the next item for a URL that fails is tried at once.
void Outbox::settle(const std::string& url, Queue& queue, const Moment& now) {
  if (queue.due != presence::kNever) due_.erase({queue.due, url});
  queue.due = presence::kNever;
  if (queue.under_way) return;
  if (queue.waiting.empty()) {
    urls_.erase(url);
    return;
  }
  // At the very end there is a last try; behind it, none.
  const Time given_up_at = queue.waiting.front().since + webhook::kRetryUntil + Duration(1);
  queue.due = std::max(now.wall, std::min(queue.try_at, given_up_at));
  due_.insert({queue.due, url});
}

HostHealth& Outbox::health_of(std::string_view url, const Moment& now) {
  if (hosts_.size() >= hosts_sweep_at_) {
    // Those that nobody posts to any more; each time half of what there is may have come since the last.
    absl::erase_if(hosts_, [&](const auto& host) {
      return host.second.second + webhook::kHealthWindow + webhook::kHealthRest < now.steady;
    });
    hosts_sweep_at_ = std::max(kHostsKept, 2 * hosts_.size());
  }
  auto& [health, asked_at] = hosts_[std::string(origin_of(url))];
  asked_at = now.steady;
  return health;
}

}  // namespace porchlight::notify
