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

using Windows = std::span<SlidingWindow* const>;

// The one with the smallest part left; nothing where all are off.
const SlidingWindow* tightest(Windows windows) {
  const auto has_less = [](const SlidingWindow& a, const SlidingWindow& b) {
    return std::uint64_t{a.remaining()} * b.budget().requests <
           std::uint64_t{b.remaining()} * a.budget().requests;
  };
  const SlidingWindow* found = nullptr;
  for (const SlidingWindow* window : windows)
    if (!window->is_unlimited() && (!found || has_less(*window, *found))) found = window;
  return found;
}

Grant accept(Windows windows, SteadyTime now) {
  for (SlidingWindow* window : windows) window->accept(now);
  const SlidingWindow* nearest = tightest(windows);
  if (!nearest) return {.ok = true, .retry_after_s = 0};
  return {.ok = true,
          .retry_after_s = 0,
          .limit = nearest->budget().requests,
          .remaining = nearest->remaining(),
          .reset_s = whole_seconds(nearest->first_expiry(now) - now)};
}

Grant refuse(Windows windows, Duration wait, SteadyTime now) {
  const std::uint32_t retry_after_s = whole_seconds(wait);
  Grant grant = {.ok = false, .retry_after_s = retry_after_s, .reset_s = retry_after_s};
  for (SlidingWindow* window : windows) {
    if (window->wait(now) == Duration::zero()) continue;
    if (grant.limit == 0) grant.limit = window->budget().requests;
    window->refuse(now, seconds(retry_after_s));
  }
  return grant;
}

}  // namespace

// One tenant's use by one application.
struct TenantBudget {
  SlidingWindow reads, presence;
};

// One application's use in all.
struct AppBudget {
  SlidingWindow graph;
  std::unordered_map<Guid, TenantBudget, KeyedHash> pairs;
};

struct alignas(64) QuotaShard {
  mutable std::mutex mutex;
  std::unordered_map<Guid, AppBudget, KeyedHash> apps;
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
    for (QuotaShard& stripe : stripes) stripe.apps = decltype(stripe.apps)(0, hash);
  }

  AppBudget& app_of(QuotaShard& stripe, const Guid& id) const {
    const auto known = stripe.apps.find(id);
    if (known != stripe.apps.end()) return known->second;
    return stripe.apps
        .emplace(id, AppBudget{SlidingWindow(budgets.graph), decltype(AppBudget::pairs)(0, hash)})
        .first->second;
  }

  TenantBudget& pair_of(QuotaShard& stripe, AppBudget& app, const Guid& tenant) const {
    const auto known = app.pairs.find(tenant);
    if (known != app.pairs.end()) return known->second;
    ++stripe.pairs_count;
    return app.pairs
        .emplace(tenant, TenantBudget{SlidingWindow(budgets.reads), SlidingWindow(budgets.presence)})
        .first->second;
  }

  const Budgets budgets;
  const KeyedHash hash;
  std::array<QuotaShard, kQuotaShards> stripes;
};

Quota::Quota(Budgets budgets) : impl_(std::make_unique<Impl>(budgets)) {}
Quota::~Quota() = default;

Grant Quota::try_acquire(const Guid& app_id, const Guid& tenant, RequestKind kind, SteadyTime now) {
  // The top bits: the bottom ones choose the place within the shard's own table.
  QuotaShard& stripe = impl_->stripes[impl_->hash(app_id) >> kQuotaShardShift];
  const std::lock_guard lock(stripe.mutex);
  now = stripe.latest = std::max(stripe.latest, now);
  if (stripe.pairs_count >= stripe.sweep_at) stripe.sweep();

  AppBudget& app = impl_->app_of(stripe, app_id);
  TenantBudget& pair = impl_->pair_of(stripe, app, tenant);
  const std::array all = {&app.graph, &pair.presence, &pair.reads};
  const Windows windows = Windows(all).first(kind == RequestKind::kRead    ? 3
                                             : kind == RequestKind::kOther ? 2
                                                                           : 1);

  Duration wait{0};
  for (SlidingWindow* window : windows) wait = std::max(wait, window->wait(now));
  return wait == Duration::zero() ? accept(windows, now) : refuse(windows, wait, now);
}

std::size_t Quota::pairs_count() const {
  std::size_t count = 0;
  for (const QuotaShard& stripe : impl_->stripes) {
    const std::lock_guard lock(stripe.mutex);
    count += stripe.pairs_count;
  }
  return count;
}

}  // namespace porchlight::throttle
