// A hash with a secret of this process: tables whose keys come from outside can't be filled with collisions.
// Private to the room.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/guid.h"
#include "base/random.h"

namespace porchlight::throttle {

class KeyedHash {
 public:
  KeyedHash() {
    Random random;
    low_ = random.next();
    high_ = random.next();
  }
  std::size_t operator()(const Guid& guid) const {
    std::uint64_t low, high;
    std::memcpy(&low, guid.bytes.data(), 8);
    std::memcpy(&high, guid.bytes.data() + 8, 8);
    return mix(low ^ low_, high ^ high_);
  }
  std::size_t operator()(std::uint64_t key) const { return mix(key ^ low_, high_); }

 private:
  // The two halves of the product, folded (as wyhash does).
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  std::uint64_t low_, high_;
};

}  // namespace porchlight::throttle
