#include "webhook/queue.h"

#include <algorithm>

namespace porchlight::webhook {
namespace {

constexpr std::size_t kHostsKept = 10'000;  // with nothing to do
constexpr Duration kSecond = std::chrono::seconds(1);

std::size_t size_of(const Errand& errand) {
  return sizeof(Errand) + errand.post.url.size() + errand.url.host.size() + errand.url.target.size() +
         errand.post.body.size();
}

}  // namespace

bool Queue::push(Errand& errand) {
  const std::size_t size = size_of(errand);
  if (waiting_bytes_ + size > limits_.waiting_bytes) return false;
  waiting_bytes_ += size;
  if (hosts_.size() >= sweep_at_) sweep();
  Host& host = hosts_[errand.url.origin()];
  host.waiting.push_back(std::move(errand));
  enqueue(host);
  return true;
}

// Forgets hosts with nothing to do.
void Queue::sweep() {
  std::erase_if(hosts_, [](const auto& entry) {
    return entry.second.waiting.empty() && entry.second.under_way == 0 && !entry.second.queued;
  });
  sweep_at_ = std::max(kHostsKept, 2 * hosts_.size());
}

void Queue::enqueue(Host& host) {
  if (host.queued || host.waiting.empty() || host.under_way >= limits_.under_way_per_host) return;
  host.queued = true;
  lanes_[host.answering].turns.push_back(&host);
}

std::optional<Errand> Queue::next(SteadyTime now) {
  while (!resting_.empty() && resting_.begin()->first <= now) {
    Host& host = *resting_.begin()->second;
    resting_.erase(resting_.begin());
    host.queued = false;
    enqueue(host);
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[0].under_way + lanes_[1].under_way >= limits_.under_way) return std::nullopt;
    turn_ = 1 - turn_;
    if (turn_ == 0 && lanes_[0].under_way >= (limits_.under_way + 1) / 2) continue;
    if (auto errand = next_of(lanes_[turn_], now)) return errand;
  }
  return std::nullopt;
}

std::optional<Errand> Queue::next_of(Lane& lane, SteadyTime now) {
  while (!lane.turns.empty()) {
    Host& host = *lane.turns.front();
    lane.turns.pop_front();
    if (&lanes_[host.answering] != &lane) {  // it has changed since
      lanes_[host.answering].turns.push_back(&host);
      continue;
    }
    if (now >= host.second + kSecond) {
      host.second = now;
      host.begun = 0;
    }
    if (host.begun < limits_.per_host_and_second) return begin(host, lane);
    resting_.emplace(host.second + kSecond, &host);
  }
  return std::nullopt;
}

Errand Queue::begin(Host& host, Lane& lane) {
  Errand errand = std::move(host.waiting.front());
  host.waiting.pop_front();
  waiting_bytes_ -= size_of(errand);
  errand.to_answering = host.answering;
  ++host.begun;
  ++host.under_way;
  ++lane.under_way;
  host.queued = false;
  enqueue(host);
  return errand;
}

void Queue::finished(const std::string& origin, bool to_answering, bool answered) {
  Host& host = hosts_[origin];
  --host.under_way;
  --lanes_[to_answering].under_way;
  host.answering = answered;
  enqueue(host);
}

std::optional<SteadyTime> Queue::rested_at() const {
  if (resting_.empty()) return std::nullopt;
  return resting_.begin()->first;
}

std::vector<Errand> Queue::take_all() {
  std::vector<Errand> all;
  for (auto& [origin, host] : hosts_) {
    std::ranges::move(host.waiting, std::back_inserter(all));
    host.waiting.clear();
    host.queued = false;
  }
  for (Lane& lane : lanes_) lane.turns.clear();
  resting_.clear();
  waiting_bytes_ = 0;
  return all;
}

}  // namespace porchlight::webhook
