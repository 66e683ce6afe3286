// A change that no receiver accepted within the retry time (spec notifications §7).
#pragma once

#include <cstdint>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::notify {

// Names the change, not the state: a replay sends the state of that time.
struct DeadLetter {
  Time at;  // when it was dropped
  Guid subscription;
  Guid person;
  Guid tenant;
  Guid app;
  friend auto operator<=>(const DeadLetter&, const DeadLetter&) = default;
};

}  // namespace porchlight::notify
