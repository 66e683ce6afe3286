// All bounds of a span are wall times that readers compare with their own, so no timer is needed.
#include "state/hold.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace porchlight::state {

// A reader in between sees the span as not active.
void LogHold::AtomicSpan::set(const HeldSpan& span) {
  until.store(Time::min(), std::memory_order_release);
  from.store(span.from, std::memory_order_release);
  until.store(span.until, std::memory_order_release);
}

void LogHold::enable(std::function<void(const HoldChange&)> on_change) { on_change_ = std::move(on_change); }

std::optional<HeldSpan> LogHold::held(std::uint32_t shard, Time last_event, Time now) const {
  const ShardHold& one = shards_[shard];
  for (const AtomicSpan* const span : {&one.first, &one.last}) {
    if (!span->is_active(now)) continue;
    const HeldSpan found = span->get();
    if (found.from <= now && last_event <= found.from) return found;
  }
  return std::nullopt;
}

Time LogHold::earliest_seen(Time now) const {
  Time earliest = now;
  if (!is_engaged()) return earliest;
  for (const ShardHold& one : shards_)
    for (const AtomicSpan* const span : {&one.first, &one.last})
      if (span->is_active(now)) earliest = std::min(earliest, span->from.load());
  return earliest;
}

// Two failures that are further apart than a hold may last are not one outage: the second begins another.
void LogHold::note(std::optional<Failing>& failing, Time request, SteadyTime tried) {
  const bool is_another = failing && !failing->is_held && request - failing->from >= kHoldMax;
  if (!failing || is_another) failing = Failing{tried, request};
}

void LogHold::failed(std::uint32_t shard, Time request, SteadyTime tried, SteadyTime now) {
  if (!on_change_) return;
  std::vector<HoldChange> changes;
  {
    const MutexLock lock(mutex_);
    noted_ = true;
    note(shards_[shard].failing, request, tried);
    note(all_failing_, request, tried);
    const bool all_fail = now - all_failing_->since >= kHoldAfter;
    for (std::uint32_t number = 0; number < kShards; ++number) {
      const auto& failing = shards_[number].failing;
      if (!failing || failing->is_held) continue;
      const bool fails = number == shard && now - failing->since >= kHoldAfter;
      // In a shard with few users the next append may come after minutes.
      if (fails || (all_fail && failing->since >= all_failing_->since)) changes.push_back(begin(number));
    }
  }
  for (const HoldChange& change : changes) on_change_(change);
}

// A hold that has not ended is prolonged: its users may have had no time to renew their sessions.
HoldChange LogHold::begin(std::uint32_t shard) {
  ShardHold& one = shards_[shard];
  one.failing->is_held = true;
  const Time from = one.failing->from;
  const HeldSpan span{from, from + kHoldMax};
  if (!one.first.is_active(from)) {
    one.first.set(one.last.is_active(from) ? one.last.get() : span);
    one.last.set({Time::min(), Time::min()});
  }
  const HeldSpan first = one.first.get();
  one.first.until = first.from + kHoldMax;
  if (first.from != from) one.last.set(span);
  engaged_ = true;
  begun_.add();
  return {true, shard, span, !std::exchange(is_announced_, true)};
}

void LogHold::succeeded(std::uint32_t shard, Time now) {
  if (!noted_.load(std::memory_order_relaxed)) return;
  HoldChange change{false, shard, {}, false};
  {
    const MutexLock lock(mutex_);
    all_failing_.reset();
    ShardHold& one = shards_[shard];
    const auto failing = std::exchange(one.failing, std::nullopt);
    const bool was_held = failing && failing->is_held;
    if (was_held) {
      for (AtomicSpan* const span : {&one.first, &one.last})
        span->until = std::min(span->until.load(), now + kHoldAfterSuccess);
      change.span = {failing->from, one.until()};
    }
    const bool fails = update_flags(now);
    change.is_of_server = !fails && std::exchange(is_announced_, false);
    if (!was_held && !change.is_of_server) return;
  }
  on_change_(change);
}

// Ends the failures of shards that no append has reached since, and whose time is over. Returns whether a held shard
// still fails.
bool LogHold::update_flags(Time now) {
  bool fails = false, engaged = false, noted = false;
  for (ShardHold& one : shards_) {
    if (one.failing && one.failing->is_held && one.until() <= now) one.failing.reset();
    fails |= one.failing && one.failing->is_held;
    noted |= one.failing.has_value();
    engaged |= one.until() > now - kHoldMax;
  }
  engaged_ = engaged;
  noted_ = noted || engaged;
  return fails;
}

std::size_t LogHold::held_shards(Time now) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(shards_, [&](const ShardHold& one) { return one.until() > now; }));
}

}  // namespace porchlight::state
