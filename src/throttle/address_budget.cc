// Only addresses with failures are stored, so a client with valid tokens costs one lookup. The table is split into
// shards with a mutex each, so that event loops rarely wait for one another; a hash selects the shard. A full shard
// first removes idle addresses, at most once per second, and then evicts one address per new one.
#include "throttle/address_budget.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/check.h"
#include "base/mutex.h"
#include "throttle/keyed_hash.h"

namespace porchlight::throttle {
namespace {

using std::chrono::seconds;

constexpr std::size_t kAddressShards = 16;
constexpr int kAddressShardShift = 64 - 4;  // the top four bits of a hash select the shard
constexpr std::size_t kShardAddressesMax = kAddressesMax / kAddressShards;
// The shortest time between two sweeps of a shard, so that a flood of new addresses does not sweep for each of them.
constexpr Duration kSweepEvery = seconds(1);

// A big-endian integer of up to eight bytes.
std::uint64_t load(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = (value << 8) | bytes[i];
  return value;
}

// The key under which an address is counted. IPv4 addresses have keys that no IPv6 prefix in use has (0::/32).
std::uint64_t key_of(std::string_view address) {
  address = address.substr(0, address.find('%'));  // without an IPv6 zone
  char text[INET6_ADDRSTRLEN] = {};
  if (address.size() < sizeof text) std::copy(address.begin(), address.end(), text);
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  unsigned char bytes[16];
  if (inet_pton(AF_INET, text, bytes) == 1) return load(bytes, 4);
  if (inet_pton(AF_INET6, text, bytes) != 1) return std::hash<std::string_view>()(address);
  if (std::equal(kMapped.begin(), kMapped.end(), bytes)) return load(bytes + 12, 4);
  return load(bytes, 8);
}

}  // namespace

// A part of the table. On cache lines of its own, so that the locks of two shards do not share one.
struct alignas(64) AddressShard {
  mutable Mutex mutex;
  std::unordered_map<std::uint64_t, SlidingWindow, KeyedHash> failures ABSL_GUARDED_BY(mutex);
  // The latest time seen. Event loops read the clock independently, so times may arrive out of order.
  SteadyTime latest ABSL_GUARDED_BY(mutex) = SteadyTime::min();
  SteadyTime swept_at ABSL_GUARDED_BY(mutex) = SteadyTime::min();
  std::size_t victim_bucket ABSL_GUARDED_BY(mutex) = 0;

  void advance(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { latest = std::max(latest, now); }

  // Makes space for one more address.
  void make_room() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (failures.size() < kShardAddressesMax) return;
    if (swept_at == SteadyTime::min() || latest - swept_at >= kSweepEvery) {
      std::erase_if(failures, [now = latest](const auto& entry) { return entry.second.is_idle(now); });
      swept_at = latest;
    }
    if (failures.size() >= kShardAddressesMax) evict_one();
  }

  // Takes the buckets in turn. The hash is keyed, so a client cannot choose which address is evicted. (Evicting the
  // first element of the table would evict the newest, and a flood of new addresses would never be counted.)
  void evict_one() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    CHECK(!failures.empty());
    while (failures.bucket_size(victim_bucket %= failures.bucket_count()) == 0) ++victim_bucket;
    failures.erase(failures.begin(victim_bucket++)->first);
  }
};

struct AddressBudget::Impl {
  Impl() {
    for (AddressShard& shard : shards) {
      const MutexLock lock(shard.mutex);
      shard.failures = decltype(shard.failures)(0, hash);
    }
  }
  AddressShard& shard_of(std::uint64_t key) { return shards[hash(key) >> kAddressShardShift]; }

  const KeyedHash hash;
  std::array<AddressShard, kAddressShards> shards;
};

AddressBudget::AddressBudget() : impl_(std::make_unique<Impl>()) {}
AddressBudget::~AddressBudget() = default;

bool AddressBudget::may_verify(std::string_view address, SteadyTime now) {
  const std::uint64_t key = key_of(address);
  AddressShard& shard = impl_->shard_of(key);
  const MutexLock lock(shard.mutex);
  shard.advance(now);
  const auto known = shard.failures.find(key);
  return known == shard.failures.end() || known->second.wait(shard.latest) == Duration::zero();
}

void AddressBudget::record_failure(std::string_view address, SteadyTime now) {
  const std::uint64_t key = key_of(address);
  AddressShard& shard = impl_->shard_of(key);
  const MutexLock lock(shard.mutex);
  shard.advance(now);
  auto known = shard.failures.find(key);
  if (known == shard.failures.end()) {
    shard.make_room();
    known = shard.failures.emplace(key, SlidingWindow(kFailedSignatures)).first;
  }
  known->second.wait(shard.latest);  // removes expired failures
  known->second.accept(shard.latest);
}

std::size_t AddressBudget::addresses_count() const {
  std::size_t count = 0;
  for (const AddressShard& shard : impl_->shards) {
    const MutexLock lock(shard.mutex);
    count += shard.failures.size();
  }
  return count;
}

}  // namespace porchlight::throttle
