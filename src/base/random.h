// Pseudo-random numbers for values that are unique but not secret, such as request ids, and that do not repeat after a
// restart.
#pragma once

#include <cstdint>

#include "base/guid.h"

namespace porchlight {

// A generator seeded by OpenSSL. One per thread. Its output can be predicted; secrets use secure_random_guid() or
// RAND_bytes.
class Random {
 public:
  // Throws if OpenSSL's generator fails.
  Random();
  // 64 uniformly distributed bits.
  std::uint64_t next();
  // A version 4 GUID.
  Guid guid();
  // A version 8 GUID (RFC 9562 §5.8): bits drawn once for the generator, then a counter. As unique as guid(), and those
  // of one generator are stored in a few bytes each, because neighbours share all but the last.
  Guid serial_guid();

 private:
  std::uint64_t state_[4];
  Guid series_{};                // without the counter
  std::uint64_t in_series_ = 0;  // guids made of the series
};

}  // namespace porchlight
