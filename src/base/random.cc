// xoshiro256** by Blackman and Vigna (prng.di.unimi.it): 256 bits of state, about one nanosecond per number.
#include "base/random.h"

#include <openssl/rand.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace porchlight {

Random::Random() {
  // A state of zeros would give zeros only.
  do {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(state_), sizeof state_) != 1)
      throw std::runtime_error("the system's random generator failed");
  } while ((state_[0] | state_[1] | state_[2] | state_[3]) == 0);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t carried = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= carried;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// The first ten bytes are the series: 74 random bits. The counter has the other 48 bits.
Guid Random::serial_guid() {
  constexpr int kCounterBits = 48;
  if (in_series_ % (std::uint64_t{1} << kCounterBits) == 0) {
    series_ = guid();
    series_.bytes[6] = static_cast<std::uint8_t>((series_.bytes[6] & 0x0F) | 0x80);
  }
  Guid guid = series_;
  for (int byte = 0; byte < kCounterBits / 8; ++byte)
    guid.bytes[15 - byte] = static_cast<std::uint8_t>(in_series_ >> (8 * byte));
  ++in_series_;
  return guid;
}

Guid Random::guid() {
  const std::uint64_t words[2] = {next(), next()};
  Guid guid;
  std::memcpy(guid.bytes.data(), words, sizeof words);
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | 0x40);
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
  return guid;
}

}  // namespace porchlight
