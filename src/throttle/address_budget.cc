// Only addresses that failed are remembered: who sends good tokens costs a look into a table, and nothing
// else.
#include "throttle/address_budget.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>

#include "throttle/keyed_hash.h"

namespace porchlight::throttle {
namespace {

using std::chrono::seconds;

constexpr std::size_t kAddressShards = 16;
constexpr int kAddressShardShift = 64 - 4;  // a hash's top bits to a shard
constexpr std::size_t kStripeAddressesMax = kAddressesMax / kAddressShards;
// A full shard is searched for the idle so often at most: not for each of a flood of newcomers.
constexpr Duration kSweepEvery = seconds(1);

std::uint64_t load(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = (value << 8) | bytes[i];
  return value;
}

// What an address counts as. IPv4 addresses lie where no IPv6 prefix in use does (0::/32).
std::uint64_t key_of(std::string_view address) {
  address = address.substr(0, address.find('%'));  // an IPv6 zone
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

struct alignas(64) AddressShard {
  mutable std::mutex mutex;
  std::unordered_map<std::uint64_t, SlidingWindow, KeyedHash> failures;
  SteadyTime latest = SteadyTime::min();  // loops read the clock each for themselves
  SteadyTime swept_at = SteadyTime::min();
  std::size_t victim_bucket = 0;

  void advance(SteadyTime now) { latest = std::max(latest, now); }

  void make_room() {
    if (failures.size() < kStripeAddressesMax) return;
    if (swept_at == SteadyTime::min() || latest - swept_at >= kSweepEvery) {
      std::erase_if(failures, [this](const auto& entry) { return entry.second.is_idle(latest); });
      swept_at = latest;
    }
    if (failures.size() >= kStripeAddressesMax) evict_one();
  }

  // Goes round the buckets: a keyed hash fills them, so nobody can choose whom to push out. (The first of the
  // table would be the newest, and a flood of newcomers would never be counted.)
  void evict_one() {
    while (failures.bucket_size(victim_bucket %= failures.bucket_count()) == 0) ++victim_bucket;
    failures.erase(failures.begin(victim_bucket++)->first);
  }
};

struct AddressBudget::Impl {
  Impl() {
    for (AddressShard& stripe : stripes) stripe.failures = decltype(stripe.failures)(0, hash);
  }
  AddressShard& stripe_of(std::uint64_t key) { return stripes[hash(key) >> kAddressShardShift]; }

  const KeyedHash hash;
  std::array<AddressShard, kAddressShards> stripes;
};

AddressBudget::AddressBudget() : impl_(std::make_unique<Impl>()) {}
AddressBudget::~AddressBudget() = default;

bool AddressBudget::may_verify(std::string_view address, SteadyTime now) {
  const std::uint64_t key = key_of(address);
  AddressShard& stripe = impl_->stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  stripe.advance(now);
  const auto known = stripe.failures.find(key);
  return known == stripe.failures.end() || known->second.wait(stripe.latest) == Duration::zero();
}

void AddressBudget::record_failure(std::string_view address, SteadyTime now) {
  const std::uint64_t key = key_of(address);
  AddressShard& stripe = impl_->stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  stripe.advance(now);
  auto known = stripe.failures.find(key);
  if (known == stripe.failures.end()) {
    stripe.make_room();
    known = stripe.failures.emplace(key, SlidingWindow(kFailedSignatures)).first;
  }
  known->second.wait(stripe.latest);  // forgets what is old
  known->second.accept(stripe.latest);
}

std::size_t AddressBudget::addresses_count() const {
  std::size_t count = 0;
  for (const AddressShard& stripe : impl_->stripes) {
    const std::lock_guard lock(stripe.mutex);
    count += stripe.failures.size();
  }
  return count;
}

}  // namespace porchlight::throttle
