// Time waits for the log: while the log refuses writes, the sessions of clients that cannot renew them must not expire
// for readers. A shard whose appends fail for a while is held: a user without an event since then is seen as of that
// time (docs/decisions/0020-hold.md). Writers do not use it: they decide at the real time.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/counter.h"
#include "base/mutex.h"
#include "base/time.h"
#include "state/user_key.h"

namespace porchlight::state {

// A shard is held when its appends have failed for this long.
inline constexpr Duration kHoldAfter = std::chrono::seconds(2);
// The hold ends this long after an append has succeeded: the default life of a session, within which each client
// renews it.
inline constexpr Duration kHoldAfterSuccess = std::chrono::minutes(5);
// No user is seen as of a time longer ago than this.
inline constexpr Duration kHoldMax = std::chrono::minutes(30);

// Users whose last event is not after `from` are seen as of `from`, before `until`.
struct HeldSpan {
  Time from;
  Time until;
  friend bool operator==(const HeldSpan&, const HeldSpan&) = default;
};

// A change of the hold of one shard.
struct HoldChange {
  // Whether a hold begins. If not, it ends at span.until: appends succeed again, or its time is over.
  bool begins;
  std::uint32_t shard;
  HeldSpan span;
  bool is_of_server;  // it begins: no other shard is held; it ends: no other held shard fails any more
};

// The hold of each shard. Off until enable(): then no user is held. Any thread, except enable().
class LogHold {
 public:
  // To be called before the first failure. `on_change` is called without a lock, on the thread that reports the outcome
  // of an append; it must return quickly.
  void enable(std::function<void(const HoldChange&)> on_change);

  // Whether a user may be held. One relaxed load.
  bool is_engaged() const { return engaged_.load(std::memory_order_relaxed); }
  // By which span a user of the shard whose last event was at `last_event` is held at `now`; nullopt if the user is
  // seen as of `now`.
  std::optional<HeldSpan> held(std::uint32_t shard, Time last_event, Time now) const;
  // The earliest time as of which a user may be seen at `now`. Also of a hold that ended up to kHoldMax ago, if `now`
  // is the time at that.
  Time earliest_seen(Time now) const;

  // An append to the shard has failed, or the shard could not be read for it. `request`: when the first of its requests
  // arrived. `tried`, `now`: when it began and failed, by the log's clock.
  void failed(std::uint32_t shard, Time request, SteadyTime tried, SteadyTime now);
  // An append to the shard has succeeded at `now`. Costs one load unless an append has failed.
  void succeeded(std::uint32_t shard, Time now);

  // The shards that are held at `now`, for metrics.
  std::size_t held_shards(Time now) const;
  // The holds that have begun, of all shards.
  const SharedCounter& begun() const { return begun_; }

 private:
  // Only changed with the lock.
  struct AtomicSpan {
    std::atomic<Time> from = Time::min();
    std::atomic<Time> until = Time::min();
    bool is_active(Time now) const { return now < until.load(std::memory_order_acquire); }
    HeldSpan get() const { return {from.load(), until.load()}; }
    void set(const HeldSpan& span);
  };
  // The failures since the last success.
  struct Failing {
    SteadyTime since;
    Time from;
    bool is_held = false;
  };
  // If appends fail again before a hold has ended, some users have renewed their sessions in between and others have
  // not. So there are two spans: of the first and the last of these failures.
  struct ShardHold {
    AtomicSpan first, last;
    std::optional<Failing> failing;  // used with the lock
    Time until() const { return std::max(first.until.load(), last.until.load()); }
  };

  static void note(std::optional<Failing>& failing, Time request, SteadyTime tried);
  HoldChange begin(std::uint32_t shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool update_flags(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::function<void(const HoldChange&)> on_change_;
  std::atomic<bool> engaged_ = false;  // a span is active, or was until kHoldMax ago
  std::atomic<bool> noted_ = false;    // engaged_, or a shard fails
  SharedCounter begun_;
  std::array<ShardHold, kShards> shards_;
  Mutex mutex_;
  std::optional<Failing> all_failing_ ABSL_GUARDED_BY(mutex_);  // since a success in any shard
  bool is_announced_ ABSL_GUARDED_BY(mutex_) = false;           // a begin is_of_server, without its end
};

}  // namespace porchlight::state
