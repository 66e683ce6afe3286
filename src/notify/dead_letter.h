// Something that was not told: nobody took it for as long as it was tried.
#pragma once

#include <cstdint>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::notify {

struct DeadLetter {
  Time at;  // when it was given up
  Guid subscription;
  Guid person;
  Guid tenant;
  Guid app;
  friend auto operator<=>(const DeadLetter&, const DeadLetter&) = default;
};

}  // namespace porchlight::notify
