// A hash function with a secret key. A client that chooses ids or addresses cannot compute which keys collide, and so
// cannot make a table slow.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/guid.h"
#include "base/ip_address.h"
#include "base/random.h"

namespace porchlight {

// Each default-constructed hash has its own random key; copies have the same.
class KeyedHash {
 public:
  KeyedHash() {
    Random random;
    low_ = random.next();
    high_ = random.next();
  }
  // All 64 bits depend on the whole key: callers use the top bits to select a shard and the rest within it.
  std::size_t operator()(const Guid& guid) const {
    std::uint64_t low, high;
    std::memcpy(&low, guid.bytes.data(), 8);
    std::memcpy(&high, guid.bytes.data() + 8, 8);
    return mix(low ^ low_, high ^ high_);
  }
  // The same for a network.
  std::size_t operator()(const IpRange& network) const {
    std::uint64_t low, high;
    std::memcpy(&low, network.base().mapped().data(), 8);
    std::memcpy(&high, network.base().mapped().data() + 8, 8);
    return mix(low ^ low_, high ^ high_ ^ static_cast<std::uint64_t>(network.bits()));
  }

 private:
  // The two halves of the 128-bit product, combined by xor (as in wyhash).
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  std::uint64_t low_, high_;
};

}  // namespace porchlight
