// A set-associative table. The hash of a token selects a set of eight slots, whose hashes share a cache line.
// In a full set the clock rule selects the slot to replace: a slot that was used since the hand last passed
// is spared once.
//
//   hashes   [ set 0: h h h h h h h h ][ set 1: … ]   0 marks an empty slot
//   slots    [ set 0: token, caller … ][ set 1: … ]
//
// Only verified tokens are stored, so their last bytes come from signatures, which no client can choose. So
// only the end of a token is hashed, with a random secret; the whole token is read once, for the comparison.
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

#include "base/check.h"

namespace porchlight::identity {
namespace {

constexpr std::size_t kWays = 8;
// Base64url of 48 bytes of the signature, which has 256 (RS256) or 64 (ES256).
constexpr std::size_t kEndBytes = 64;

}  // namespace

struct TokenCache::Impl {
  struct CacheSlot {
    std::string token;
    Caller caller;
    std::uint64_t epoch = 0;
    std::uint64_t serial = 0;  // number of the entry; 0 if the slot is empty
    bool used = false;         // since the hand of its set last passed
  };

  Impl(std::size_t entries_max, std::size_t bytes_max_in)
      : hashes(std::bit_floor(std::max(entries_max, kWays))),
        slots(hashes.size()),
        hands(hashes.size() / kWays),
        bytes_max(bytes_max_in) {
    if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1)
      throw std::runtime_error("the system's random generator failed");
  }

  // Never 0, which marks an empty slot.
  std::uint64_t hash(std::string_view token) const {
    const std::string_view end = token.substr(token.size() - std::min(token.size(), kEndBytes));
    return std::max<std::uint64_t>(
        XXH3_64bits_withSecret(end.data(), end.size(), secret.data(), secret.size()), 1);
  }

  std::size_t first_of_set(std::uint64_t hash_value) const { return hash_value % hands.size() * kWays; }

  // The index of the token's slot, or slots.size().
  std::size_t locate(std::string_view token, std::uint64_t hash_value) const {
    const std::size_t first = first_of_set(hash_value);
    for (std::size_t i = first; i < first + kWays; ++i)
      if (hashes[i] == hash_value && slots[i].token == token) return i;
    return hashes.size();
  }

  // The caller in a slot, unless its entry has ended.
  Caller* use(std::size_t at, Time now, std::uint64_t epoch) {
    CacheSlot& slot = slots[at];
    if (slot.epoch != epoch || now >= slot.caller.expires_at) {
      forget(at);
      return nullptr;
    }
    slot.used = true;
    last = at;
    return &slot.caller;
  }

  // Empties a slot.
  void forget(std::size_t at) {
    if (hashes[at] == 0) return;
    hashes[at] = 0;
    CHECK(bytes >= slots[at].token.size());
    bytes -= slots[at].token.size();
    slots[at] = CacheSlot{};
  }

  // The slot to fill: an empty one, one of an older epoch, or the next that was not used lately.
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

  // Empties slots across the table until `wanted` more bytes fit.
  void make_room(std::size_t wanted) {
    for (; bytes != 0 && bytes + wanted > bytes_max; sweep = (sweep + 1) % slots.size()) forget(sweep);
  }

  std::array<unsigned char, XXH3_SECRET_SIZE_MIN> secret;
  std::vector<std::uint64_t> hashes;
  std::vector<CacheSlot> slots;
  std::vector<std::uint8_t> hands;  // one for each set
  const std::size_t bytes_max;
  std::size_t bytes = 0;
  std::size_t sweep = 0;      // where make_room() continues
  std::uint64_t serials = 0;  // of the entries so far
  std::size_t last = 0;       // the slot of the last caller
};

TokenCache::TokenCache(std::size_t entries_max, std::size_t bytes_max)
    : impl_(std::make_unique<Impl>(entries_max, bytes_max)) {}
TokenCache::~TokenCache() = default;

Caller* TokenCache::find(std::string_view token, Time now, std::uint64_t epoch) {
  const std::size_t at = impl_->locate(token, impl_->hash(token));
  return at == impl_->slots.size() ? nullptr : impl_->use(at, now, epoch);
}

Caller* TokenCache::find(const TokenPlace& place, Time now, std::uint64_t epoch) {
  const bool is_there = place.serial != 0 && impl_->slots[place.slot].serial == place.serial;
  return is_there ? impl_->use(place.slot, now, epoch) : nullptr;
}

TokenCache::TokenPlace TokenCache::last_place() const {
  return {impl_->last, impl_->slots[impl_->last].serial};
}

Caller* TokenCache::remember(std::string_view token, Caller caller, std::uint64_t epoch) {
  const std::uint64_t hash = impl_->hash(token);
  if (const std::size_t known = impl_->locate(token, hash); known != impl_->slots.size())
    impl_->forget(known);
  impl_->make_room(token.size());
  const std::size_t at = impl_->choose_slot(hash, epoch);
  impl_->forget(at);
  CHECK(impl_->hashes[at] == 0u);
  impl_->hashes[at] = hash;
  impl_->slots[at] = {std::string(token), std::move(caller), epoch, ++impl_->serials, false};
  impl_->bytes += token.size();
  impl_->last = at;
  return &impl_->slots[at].caller;
}

}  // namespace porchlight::identity
