// Random numbers that need not be secret but must never repeat across restarts: request ids.
#pragma once

#include <cstdint>

#include "base/guid.h"

namespace porchlight {

// Fast, seeded from the system's generator; one per thread. Not for secrets.
class Random {
 public:
  Random();
  std::uint64_t next();
  // A version 4 GUID.
  Guid guid();

 private:
  std::uint64_t state_[4];
};

}  // namespace porchlight
