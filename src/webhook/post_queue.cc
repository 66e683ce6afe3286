// Scheduling of posts. A host is in exactly one of three places: in the `ready` list of its class, in
// `throttled_` until its second has passed, or in neither (nothing waits, or its places are in use). `queued`
// marks the first two, so that a host is never queued twice. Each step takes the front of a list: O(1), or
// O(log n) for a throttled host.
#include "webhook/post_queue.h"

#include <algorithm>

#include "base/check.h"

namespace porchlight::webhook {
namespace {

constexpr std::size_t kIdleHostsMax = 10'000;  // idle hosts that are remembered
constexpr Duration kSecond = std::chrono::seconds(1);

// The bytes that a task counts against QueueLimits::waiting_bytes.
std::size_t size_of(const DeliveryTask& task) {
  return sizeof(DeliveryTask) + task.post.url.size() + task.url.host.size() + task.url.target.size() +
         task.post.body.size();
}

}  // namespace

bool PostQueue::push(DeliveryTask& task) {
  const std::size_t size = size_of(task);
  if (waiting_bytes_ + size > limits_.waiting_bytes) return false;
  waiting_bytes_ += size;
  if (hosts_.size() >= sweep_at_) sweep();
  Host& host = hosts_[task.url.origin()];
  host.waiting.push_back(std::move(task));
  enqueue(host);
  return true;
}

// Removes idle hosts. Runs when the map has doubled, so its cost per push is constant on average.
void PostQueue::sweep() {
  std::erase_if(hosts_, [](const auto& entry) {
    return entry.second.waiting.empty() && entry.second.in_flight == 0 && !entry.second.queued;
  });
  sweep_at_ = std::max(kIdleHostsMax, 2 * hosts_.size());
}

// Queues a host that has a waiting task and a free place.
void PostQueue::enqueue(Host& host) {
  if (host.queued || host.waiting.empty() || host.in_flight >= limits_.in_flight_per_host) return;
  host.queued = true;
  classes_[host.responsive].ready.push_back(&host);
}

// Classes take turns. Class 0, the hosts that did not answer, gets at most half of all places: hosts that
// hang until their time-out cannot keep the others waiting.
std::optional<DeliveryTask> PostQueue::next(SteadyTime now) {
  while (!throttled_.empty() && throttled_.begin()->first <= now) {
    Host& host = *throttled_.begin()->second;
    throttled_.erase(throttled_.begin());
    host.queued = false;
    enqueue(host);
  }
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (classes_[0].in_flight + classes_[1].in_flight >= limits_.in_flight) return std::nullopt;
    next_class_ = 1 - next_class_;
    if (next_class_ == 0 && classes_[0].in_flight >= (limits_.in_flight + 1) / 2) continue;
    if (auto task = next_of(classes_[next_class_], now)) return task;
  }
  return std::nullopt;
}

// The first ready host of a class that has not used up its share of the current second.
std::optional<DeliveryTask> PostQueue::next_of(HostClass& host_class, SteadyTime now) {
  while (!host_class.ready.empty()) {
    Host& host = *host_class.ready.front();
    host_class.ready.pop_front();
    if (&classes_[host.responsive] != &host_class) {  // the host changed class while it was queued
      classes_[host.responsive].ready.push_back(&host);
      continue;
    }
    if (now >= host.second + kSecond) {
      host.second = now;
      host.begun = 0;
    }
    if (host.begun < limits_.per_host_and_second) return begin(host, host_class);
    throttled_.emplace(host.second + kSecond, &host);
  }
  return std::nullopt;
}

DeliveryTask PostQueue::begin(Host& host, HostClass& host_class) {
  CHECK(host.queued && !host.waiting.empty());
  DeliveryTask task = std::move(host.waiting.front());
  host.waiting.pop_front();
  CHECK(waiting_bytes_ >= size_of(task));
  waiting_bytes_ -= size_of(task);
  task.is_responsive = host.responsive;
  ++host.begun;
  ++host.in_flight;
  ++host_class.in_flight;
  host.queued = false;
  enqueue(host);
  return task;
}

void PostQueue::finished(const std::string& origin, bool is_responsive, bool answered) {
  Host& host = hosts_[origin];
  CHECK(host.in_flight > 0u);
  CHECK(classes_[is_responsive].in_flight > 0u);
  --host.in_flight;
  --classes_[is_responsive].in_flight;
  host.responsive = answered;
  enqueue(host);
}

std::optional<SteadyTime> PostQueue::throttled_until() const {
  if (throttled_.empty()) return std::nullopt;
  return throttled_.begin()->first;
}

std::vector<DeliveryTask> PostQueue::take_all() {
  std::vector<DeliveryTask> all;
  for (auto& [origin, host] : hosts_) {
    std::ranges::move(host.waiting, std::back_inserter(all));
    host.waiting.clear();
    host.queued = false;
  }
  for (HostClass& host_class : classes_) host_class.ready.clear();
  throttled_.clear();
  waiting_bytes_ = 0;
  return all;
}

}  // namespace porchlight::webhook
