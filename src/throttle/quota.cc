// The table of counters, split into shards with a mutex each. All counters of an application are in one shard, so that
// one lock covers its three budgets: a request is counted in all of them or in none. A lock is held for some tens of
// nanoseconds, and for longer only during a sweep.
#include "throttle/quota.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "base/keyed_hash.h"
#include "base/mutex.h"

namespace porchlight::throttle {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr std::size_t kQuotaShards = 64;
constexpr int kQuotaShardShift = 64 - 6;   // the top six bits of a hash select the shard
constexpr std::size_t kSweepAtLeast = 64;  // pairs in a shard before its first sweep

// Rounded up, at least 1.
std::uint32_t whole_seconds(Duration wait) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, ceil<seconds>(wait).count()));
}

// The windows of the budgets that apply to a request.
using Windows = std::span<SlidingWindow* const>;

// The window with the smallest remaining share of its budget; null if all budgets are off.
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

// The requests of one application in one tenant.
struct TenantBudget {
  SlidingWindow reads, presence;
};

// The requests of one application: over all tenants, and in each.
struct AppBudget {
  SlidingWindow graph;
  std::unordered_map<Guid, TenantBudget, KeyedHash> pairs;
};

// A part of the table. On cache lines of its own, so that the locks of two shards do not share one.
struct alignas(64) QuotaShard {
  mutable Mutex mutex;
  Budgets budgets ABSL_GUARDED_BY(mutex);  // the same in all shards, but while they are replaced
  std::unordered_map<Guid, AppBudget, KeyedHash> apps ABSL_GUARDED_BY(mutex);
  std::size_t pairs_count ABSL_GUARDED_BY(mutex) = 0;  // over all of `apps`
  std::size_t sweep_at ABSL_GUARDED_BY(mutex) = kSweepAtLeast;
  // The latest time seen. Event loops read the clock independently, but a window needs times that do not decrease.
  SteadyTime latest ABSL_GUARDED_BY(mutex) = SteadyTime::min();

  // Removes pairs and applications without a request in their windows. A sweep walks the whole shard, but the next one
  // runs only when the number of pairs has doubled, so the cost per new pair is constant on average.
  void sweep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const SteadyTime now = latest;
    pairs_count = 0;
    for (auto& [id, app] : apps) {
      std::erase_if(app.pairs, [now](const auto& pair) {
        return pair.second.reads.is_idle(now) && pair.second.presence.is_idle(now);
      });
      pairs_count += app.pairs.size();
    }
    std::erase_if(
        apps, [now](const auto& app) { return app.second.pairs.empty() && app.second.graph.is_idle(now); });
    sweep_at = std::max(kSweepAtLeast, 2 * pairs_count);
  }
};

struct Quota::Impl {
  explicit Impl(const Budgets& budgets) { set_budgets(budgets); }

  void set_budgets(const Budgets& budgets) {
    for (QuotaShard& shard : shards) {
      const MutexLock lock(shard.mutex);
      shard.budgets = budgets;
      shard.apps = decltype(shard.apps)(0, hash);
      shard.pairs_count = 0;
      shard.sweep_at = kSweepAtLeast;
    }
  }

  // The counters of an application, made on its first request.
  AppBudget& app_of(QuotaShard& shard, const Guid& id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    const auto known = shard.apps.find(id);
    if (known != shard.apps.end()) return known->second;
    return shard.apps
        .emplace(id, AppBudget{SlidingWindow(shard.budgets.graph), decltype(AppBudget::pairs)(0, hash)})
        .first->second;
  }

  // The counters of an application in a tenant, made on the first request.
  TenantBudget& pair_of(QuotaShard& shard, AppBudget& app, const Guid& tenant) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    const auto known = app.pairs.find(tenant);
    if (known != app.pairs.end()) return known->second;
    ++shard.pairs_count;
    return app.pairs
        .emplace(tenant,
                 TenantBudget{SlidingWindow(shard.budgets.reads), SlidingWindow(shard.budgets.presence)})
        .first->second;
  }

  // Calls `use(windows, now)` with the windows of the budgets that apply to a request, under the lock of their shard.
  template <typename Use>
  auto with_windows(const Guid& app_id, const Guid& tenant, RequestKind kind, SteadyTime now, Use&& use) {
    // The top bits, because the low bits select the bucket within the shard's table.
    QuotaShard& shard = shards[hash(app_id) >> kQuotaShardShift];
    const MutexLock lock(shard.mutex);
    now = shard.latest = std::max(shard.latest, now);
    if (shard.pairs_count >= shard.sweep_at) shard.sweep();
    AppBudget& app = app_of(shard, app_id);
    TenantBudget& pair = pair_of(shard, app, tenant);
    const std::array all = {&app.graph, &pair.presence, &pair.reads};
    return use(Windows(all).first(kind == RequestKind::kRead ? 3 : kind == RequestKind::kOther ? 2 : 1), now);
  }

  const KeyedHash hash;
  std::array<QuotaShard, kQuotaShards> shards;
};

Quota::Quota(Budgets budgets) : impl_(std::make_unique<Impl>(budgets)) {}
Quota::~Quota() = default;

Grant Quota::try_acquire(const Guid& app, const Guid& tenant, RequestKind kind, SteadyTime now) {
  return impl_->with_windows(app, tenant, kind, now, [](Windows windows, SteadyTime latest) {
    Duration wait{0};
    for (SlidingWindow* window : windows) wait = std::max(wait, window->wait(latest));
    return wait == Duration::zero() ? accept(windows, latest) : refuse(windows, wait, latest);
  });
}

void Quota::charge(const Guid& app, const Guid& tenant, RequestKind kind, std::uint32_t more,
                   SteadyTime now) {
  if (more == 0) return;
  impl_->with_windows(app, tenant, kind, now, [more](Windows windows, SteadyTime latest) {
    for (SlidingWindow* window : windows) {
      window->wait(latest);  // forgets requests that have left
      const std::uint32_t weight = std::min(more, window->budget().requests / 2);
      if (weight > 0) window->accept(latest, weight);
    }
  });
}

void Quota::set_budgets(const Budgets& budgets) { impl_->set_budgets(budgets); }

std::size_t Quota::pairs_count() const {
  std::size_t count = 0;
  for (const QuotaShard& shard : impl_->shards) {
    const MutexLock lock(shard.mutex);
    count += shard.pairs_count;
  }
  return count;
}

}  // namespace porchlight::throttle
