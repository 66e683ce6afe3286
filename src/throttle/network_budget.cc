// Only networks with a count are stored, so a client without one costs one lookup. The table is split into shards with
// a mutex each, so that event loops rarely wait for one another; a hash selects the shard. A full shard first removes
// idle networks, at most once per second, and then evicts one network per new one.
#include "throttle/network_budget.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/check.h"
#include "base/keyed_hash.h"
#include "base/mutex.h"

namespace porchlight::throttle {
namespace {

using std::chrono::seconds;

constexpr std::size_t kNetworkShards = 16;
constexpr int kNetworkShardShift = 64 - 4;  // the top four bits of a hash select the shard
constexpr std::size_t kShardNetworksMax = kNetworksMax / kNetworkShards;
// The shortest time between two sweeps of a shard, so that a flood of new networks does not sweep for each of them.
constexpr Duration kSweepEvery = seconds(1);

}  // namespace

// The windows of a part of the networks.
class NetworkWindows {
 public:
  NetworkWindows(const KeyedHash& hash, const Budget& of_host) : of_host_(of_host), windows_(0, hash) {}

  // The time until the network is within its budget.
  Duration wait(const CountedNetwork& of, SteadyTime now) {
    advance(now);
    const auto known = windows_.find(of.network);
    return known == windows_.end() ? Duration::zero() : known->second.wait(latest_);
  }

  void count(const CountedNetwork& of, SteadyTime now) {
    advance(now);
    auto known = windows_.find(of.network);
    if (known == windows_.end()) {
      make_room();
      const Budget budget = {of_host_.requests * of.hosts, of_host_.window};
      known = windows_.emplace(of.network, SlidingWindow(budget)).first;
    }
    known->second.wait(latest_);  // removes what has left the window
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

  const Budget of_host_;
  std::unordered_map<IpRange, SlidingWindow, KeyedHash> windows_;
  SteadyTime latest_ = SteadyTime::min();
  SteadyTime swept_at_ = SteadyTime::min();
  std::size_t victim_bucket_ = 0;
};

// On cache lines of its own, so that the locks of two shards do not share one.
struct alignas(64) NetworkShard {
  NetworkShard(const KeyedHash& hash, const Budget& of_host) : windows(hash, of_host) {}

  mutable Mutex mutex;
  NetworkWindows windows ABSL_GUARDED_BY(mutex);
};

struct NetworkBudget::Impl {
  explicit Impl(const Budget& of_host) {
    for (auto& shard : shards) shard = std::make_unique<NetworkShard>(hash, of_host);
  }

  NetworkShard& shard_of(const IpRange& network) { return *shards[hash(network) >> kNetworkShardShift]; }

  const KeyedHash hash;
  std::array<std::unique_ptr<NetworkShard>, kNetworkShards> shards;
};

NetworkBudget::NetworkBudget(const Budget& of_host) : impl_(std::make_unique<Impl>(of_host)) {}
NetworkBudget::~NetworkBudget() = default;

Duration NetworkBudget::wait(const IpAddress& address, SteadyTime now) {
  Duration longest = Duration::zero();
  for (const CountedNetwork& of : counted_networks(address)) {
    NetworkShard& shard = impl_->shard_of(of.network);
    const MutexLock lock(shard.mutex);
    longest = std::max(longest, shard.windows.wait(of, now));
  }
  return longest;
}

void NetworkBudget::count(const IpAddress& address, SteadyTime now) {
  for (const CountedNetwork& of : counted_networks(address)) {
    NetworkShard& shard = impl_->shard_of(of.network);
    const MutexLock lock(shard.mutex);
    shard.windows.count(of, now);
  }
}

std::size_t NetworkBudget::networks_count() const {
  std::size_t count = 0;
  for (const auto& shard : impl_->shards) {
    const MutexLock lock(shard->mutex);
    count += shard->windows.size();
  }
  return count;
}

}  // namespace porchlight::throttle
