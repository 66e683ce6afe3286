// A set-associative table: the hash chooses a set of eight places, whose hashes share a cache line. A full
// set gives up a place by the clock rule: one that was used since the hand last passed is spared once.
//
//   hashes_   [ set 0: h h h h h h h h ][ set 1: … ]   0 is an empty place
//   places_   [ set 0: token, caller … ][ set 1: … ]
//
// Only tokens that were verified are in it, so their ends are of signatures: as unlike each other as hashes
// are, and nobody's choice. So a token's end is hashed, under a random secret, and the token read but once,
// where it is compared whole.
#define XXH_INLINE_ALL
#include "identity/token_cache.h"

#include <openssl/rand.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace porchlight::identity {
namespace {

constexpr std::size_t kWays = 8;
constexpr std::size_t kEndBytes = 64;  // of the signature: 48 bytes, of RS256's 256 or ES256's 64

}  // namespace

struct TokenCache::Impl {
  struct CacheSlot {
    std::string token;
    Caller caller;
    std::uint64_t epoch = 0;
    bool used = false;  // since the set's hand last passed
  };

  Impl(std::size_t entries_max, std::size_t bytes_max_in)
      : hashes(std::bit_floor(std::max(entries_max, kWays))),
        slots(hashes.size()),
        hands(hashes.size() / kWays),
        bytes_max(bytes_max_in) {
    if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1)
      throw std::runtime_error("the system's random generator failed");
  }

  std::uint64_t hash(std::string_view token) const {
    const std::string_view end = token.substr(token.size() - std::min(token.size(), kEndBytes));
    return std::max<std::uint64_t>(
        XXH3_64bits_withSecret(end.data(), end.size(), secret.data(), secret.size()), 1);
  }

  std::size_t first_of_set(std::uint64_t hash_value) const { return hash_value % hands.size() * kWays; }

  // The place of that token, or hashes.size().
  std::size_t locate(std::string_view token, std::uint64_t hash_value) const {
    const std::size_t first = first_of_set(hash_value);
    for (std::size_t i = first; i < first + kWays; ++i)
      if (hashes[i] == hash_value && slots[i].token == token) return i;
    return hashes.size();
  }

  void forget(std::size_t at) {
    if (hashes[at] == 0) return;
    hashes[at] = 0;
    bytes -= slots[at].token.size();
    slots[at] = CacheSlot{};
  }

  // A place of the set to fill: an empty one, one of an older epoch, or the next that was not used lately.
  std::size_t choose_slot(std::uint64_t hash_value, std::uint64_t epoch) {
    const std::size_t first = first_of_set(hash_value);
    for (std::size_t i = first; i < first + kWays; ++i)
      if (hashes[i] == 0 || slots[i].epoch != epoch) return i;
    std::uint8_t& hand = hands[first / kWays];
    for (;; hand = (hand + 1) % kWays) {
      CacheSlot& slot = slots[first + hand];
      if (!slot.used) return first + std::exchange(hand, (hand + 1) % kWays);
      slot.used = false;
    }
  }

  // Frees places all over the table, one after the other, until `wanted` more bytes are within the bound.
  void make_room(std::size_t wanted) {
    for (; bytes != 0 && bytes + wanted > bytes_max; sweep = (sweep + 1) % slots.size()) forget(sweep);
  }

  std::array<unsigned char, XXH3_SECRET_SIZE_MIN> secret;
  std::vector<std::uint64_t> hashes;
  std::vector<CacheSlot> slots;
  std::vector<std::uint8_t> hands;  // one per set
  const std::size_t bytes_max;
  std::size_t bytes = 0;
  std::size_t sweep = 0;
};

TokenCache::TokenCache(std::size_t entries_max, std::size_t bytes_max)
    : impl_(std::make_unique<Impl>(entries_max, bytes_max)) {}
TokenCache::~TokenCache() = default;

const Caller* TokenCache::find(std::string_view token, Time now, std::uint64_t epoch) {
  const std::size_t at = impl_->locate(token, impl_->hash(token));
  if (at == impl_->slots.size()) return nullptr;
  Impl::CacheSlot& slot = impl_->slots[at];
  if (slot.epoch != epoch || now >= slot.caller.expires_at) {
    impl_->forget(at);
    return nullptr;
  }
  slot.used = true;
  return &slot.caller;
}

const Caller* TokenCache::remember(std::string_view token, Caller caller, std::uint64_t epoch) {
  const std::uint64_t hash = impl_->hash(token);
  if (const std::size_t known = impl_->locate(token, hash); known != impl_->slots.size())
    impl_->forget(known);
  impl_->make_room(token.size());
  const std::size_t at = impl_->choose_slot(hash, epoch);
  impl_->forget(at);
  impl_->hashes[at] = hash;
  impl_->slots[at] = {std::string(token), std::move(caller), epoch, false};
  impl_->bytes += token.size();
  return &impl_->slots[at].caller;
}

}  // namespace porchlight::identity
