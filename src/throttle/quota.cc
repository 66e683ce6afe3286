// The tables of counters. Everything of one application is in one shard, so that its three budgets are drawn
// on under one lock; a lock is held for some tens of nanoseconds.
#include "throttle/quota.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <unordered_map>

#include "throttle/keyed_hash.h"

namespace porchlight::throttle {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr std::size_t kQuotaShards = 64;
constexpr int kQuotaShardShift = 64 - 6;  // a hash's top bits to a shard
constexpr std::size_t kSweepAtLeast = 64;

std::uint32_t whole_seconds(Duration wait) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, ceil<seconds>(wait).count()));
}

using Windows = std::span<Window* const>;

// The one with the smallest part left; nothing where all are off.
const Window* tightest(Windows windows) {
  const auto has_less = [](const Window& a, const Window& b) {
    return std::uint64_t{a.remaining()} * b.budget().requests <
           std::uint64_t{b.remaining()} * a.budget().requests;
  };
  const Window* found = nullptr;
  for (const Window* window : windows)
    if (!window->is_off() && (!found || has_less(*window, *found))) found = window;
  return found;
}

Grant take(Windows windows, SteadyTime now) {
  for (Window* window : windows) window->take(now);
  const Window* nearest = tightest(windows);
  if (!nearest) return {.ok = true, .retry_after_s = 0};
  return {.ok = true,
          .retry_after_s = 0,
          .limit = nearest->budget().requests,
          .remaining = nearest->remaining(),
          .reset_s = whole_seconds(nearest->first_leaves(now) - now)};
}

Grant refuse(Windows windows, Duration wait, SteadyTime now) {
  const std::uint32_t told_s = whole_seconds(wait);
  Grant grant = {.ok = false, .retry_after_s = told_s, .reset_s = told_s};
  for (Window* window : windows) {
    if (window->wait(now) == Duration::zero()) continue;
    if (grant.limit == 0) grant.limit = window->budget().requests;
    window->refuse(now, seconds(told_s));
  }
  return grant;
}

}  // namespace

// One tenant's use by one application.
struct Pair {
  Window reads, presence;
};

// One application's use in all.
struct App {
  Window graph;
  std::unordered_map<Guid, Pair, KeyedHash> pairs;
};

struct alignas(64) QuotaShard {
  mutable std::mutex mutex;
  std::unordered_map<Guid, App, KeyedHash> apps;
  std::size_t pairs_count = 0;
  std::size_t sweep_at = kSweepAtLeast;
  // Loops read the clock each for themselves: here time never goes back.
  SteadyTime latest = SteadyTime::min();

  // Forgets whoever has asked for nothing within a window. Comes round when the table has doubled, so that
  // it costs each newcomer a constant share.
  void sweep() {
    pairs_count = 0;
    for (auto& [id, app] : apps) {
      std::erase_if(app.pairs, [this](const auto& pair) {
        return pair.second.reads.is_idle(latest) && pair.second.presence.is_idle(latest);
      });
      pairs_count += app.pairs.size();
    }
    std::erase_if(apps, [this](const auto& app) {
      return app.second.pairs.empty() && app.second.graph.is_idle(latest);
    });
    sweep_at = std::max(kSweepAtLeast, 2 * pairs_count);
  }
};

struct Quota::Impl {
  explicit Impl(Budgets all) : budgets(all) {
    for (QuotaShard& shard : shards) shard.apps = decltype(shard.apps)(0, hash);
  }

  App& app_of(QuotaShard& shard, const Guid& id) const {
    const auto known = shard.apps.find(id);
    if (known != shard.apps.end()) return known->second;
    return shard.apps.emplace(id, App{Window(budgets.graph), decltype(App::pairs)(0, hash)}).first->second;
  }

  Pair& pair_of(QuotaShard& shard, App& app, const Guid& tenant) const {
    const auto known = app.pairs.find(tenant);
    if (known != app.pairs.end()) return known->second;
    ++shard.pairs_count;
    return app.pairs.emplace(tenant, Pair{Window(budgets.reads), Window(budgets.presence)}).first->second;
  }

  const Budgets budgets;
  const KeyedHash hash;
  std::array<QuotaShard, kQuotaShards> shards;
};

Quota::Quota(Budgets budgets) : impl_(std::make_unique<Impl>(budgets)) {}
Quota::~Quota() = default;

Grant Quota::draw(const Guid& app_id, const Guid& tenant, Kind kind, SteadyTime now) {
  // The top bits: the bottom ones choose the place within the shard's own table.
  QuotaShard& shard = impl_->shards[impl_->hash(app_id) >> kQuotaShardShift];
  const std::lock_guard lock(shard.mutex);
  now = shard.latest = std::max(shard.latest, now);
  if (shard.pairs_count >= shard.sweep_at) shard.sweep();

  App& app = impl_->app_of(shard, app_id);
  Pair& pair = impl_->pair_of(shard, app, tenant);
  const std::array all = {&app.graph, &pair.presence, &pair.reads};
  const Windows windows = Windows(all).first(kind == Kind::kRead ? 3 : kind == Kind::kOther ? 2 : 1);

  Duration wait{0};
  for (Window* window : windows) wait = std::max(wait, window->wait(now));
  return wait == Duration::zero() ? take(windows, now) : refuse(windows, wait, now);
}

std::size_t Quota::pairs_count() const {
  std::size_t count = 0;
  for (const QuotaShard& shard : impl_->shards) {
    const std::lock_guard lock(shard.mutex);
    count += shard.pairs_count;
  }
  return count;
}

}  // namespace porchlight::throttle
