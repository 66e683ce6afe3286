// Only networks with failures are stored, so a client with valid tokens costs one lookup. The table is split into
// shards with a mutex each, so that event loops rarely wait for one another; a hash selects the shard. A full shard
// first removes idle networks, at most once per second, and then evicts one network per new one.
#include "throttle/address_budget.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/check.h"
#include "base/mutex.h"
#include "throttle/keyed_hash.h"

namespace porchlight::throttle {
namespace {

using std::chrono::seconds;

constexpr std::size_t kNetworkShards = 16;
constexpr int kNetworkShardShift = 64 - 4;  // the top four bits of a hash select the shard
constexpr std::size_t kShardNetworksMax = kNetworksMax / kNetworkShards;
// The shortest time between two sweeps of a shard, so that a flood of new networks does not sweep for each of them.
constexpr Duration kSweepEvery = seconds(1);

}  // namespace

// The failures of a part of the networks.
class NetworkFailures {
 public:
  explicit NetworkFailures(const KeyedHash& hash) : windows_(0, hash) {}

  // Whether the network may fail once more.
  bool has_room(const CountedNetwork& of, SteadyTime now) {
    advance(now);
    const auto known = windows_.find(of.network);
    return known == windows_.end() || known->second.wait(latest_) == Duration::zero();
  }

  void count(const CountedNetwork& of, SteadyTime now) {
    advance(now);
    auto known = windows_.find(of.network);
    if (known == windows_.end()) {
      make_room();
      const Budget budget = {kFailedSignatures.requests * of.hosts, kFailedSignatures.window};
      known = windows_.emplace(of.network, SlidingWindow(budget)).first;
    }
    known->second.wait(latest_);  // removes expired failures
    known->second.accept(latest_);
  }

  std::size_t size() const { return windows_.size(); }

 private:
  // Event loops read the clock independently, so times may arrive out of order.
  void advance(SteadyTime now) { latest_ = std::max(latest_, now); }

  // Makes space for one more network.
  void make_room() {
    if (windows_.size() < kShardNetworksMax) return;
    if (swept_at_ == SteadyTime::min() || latest_ - swept_at_ >= kSweepEvery) {
      std::erase_if(windows_, [now = latest_](const auto& entry) { return entry.second.is_idle(now); });
      swept_at_ = latest_;
    }
    if (windows_.size() >= kShardNetworksMax) evict_one();
  }

  // Takes the buckets in turn. The hash is keyed, so a client cannot choose which network is evicted. (Evicting the
  // first element of the table would evict the newest, and a flood of new networks would never be counted.)
  void evict_one() {
    CHECK(!windows_.empty());
    while (windows_.bucket_size(victim_bucket_ %= windows_.bucket_count()) == 0) ++victim_bucket_;
    windows_.erase(windows_.begin(victim_bucket_++)->first);
  }

  std::unordered_map<IpRange, SlidingWindow, KeyedHash> windows_;
  SteadyTime latest_ = SteadyTime::min();
  SteadyTime swept_at_ = SteadyTime::min();
  std::size_t victim_bucket_ = 0;
};

// On cache lines of its own, so that the locks of two shards do not share one.
struct alignas(64) NetworkShard {
  explicit NetworkShard(const KeyedHash& hash) : failures(hash) {}

  mutable Mutex mutex;
  NetworkFailures failures ABSL_GUARDED_BY(mutex);
};

struct AddressBudget::Impl {
  Impl() {
    for (auto& shard : shards) shard = std::make_unique<NetworkShard>(hash);
  }

  bool has_room(const CountedNetwork& of, SteadyTime now) {
    NetworkShard& shard = shard_of(of.network);
    const MutexLock lock(shard.mutex);
    return shard.failures.has_room(of, now);
  }
  void count(const CountedNetwork& of, SteadyTime now) {
    NetworkShard& shard = shard_of(of.network);
    const MutexLock lock(shard.mutex);
    shard.failures.count(of, now);
  }
  // Whether each network of the address is within its own budget.
  bool is_within_its_own(const IpAddress& address, SteadyTime now) {
    return std::ranges::all_of(counted_networks(address),
                               [&](const CountedNetwork& of) { return has_room(of, now); });
  }
  NetworkShard& shard_of(const IpRange& network) { return *shards[hash(network) >> kNetworkShardShift]; }

  const KeyedHash hash;
  std::array<std::unique_ptr<NetworkShard>, kNetworkShards> shards;
  Mutex beyond_mutex;
  SlidingWindow beyond ABSL_GUARDED_BY(beyond_mutex){kFailedSignaturesBeyond};
  SteadyTime beyond_latest ABSL_GUARDED_BY(beyond_mutex) = SteadyTime::min();
};

AddressBudget::AddressBudget() : impl_(std::make_unique<Impl>()) {}
AddressBudget::~AddressBudget() = default;

bool AddressBudget::may_verify(const std::optional<IpAddress>& address, SteadyTime now) {
  if (!address || impl_->is_within_its_own(*address, now)) return true;
  const MutexLock lock(impl_->beyond_mutex);
  impl_->beyond_latest = std::max(impl_->beyond_latest, now);
  return impl_->beyond.wait(impl_->beyond_latest) == Duration::zero();
}

void AddressBudget::record_failure(const std::optional<IpAddress>& address, SteadyTime now) {
  if (!address) return;
  if (impl_->is_within_its_own(*address, now)) {
    for (const CountedNetwork& of : counted_networks(*address)) impl_->count(of, now);
    return;
  }
  const MutexLock lock(impl_->beyond_mutex);
  impl_->beyond_latest = std::max(impl_->beyond_latest, now);
  impl_->beyond.wait(impl_->beyond_latest);  // removes expired failures
  impl_->beyond.accept(impl_->beyond_latest);
}

std::size_t AddressBudget::networks_count() const {
  std::size_t count = 0;
  for (const auto& shard : impl_->shards) {
    const MutexLock lock(shard->mutex);
    count += shard->failures.size();
  }
  return count;
}

}  // namespace porchlight::throttle
