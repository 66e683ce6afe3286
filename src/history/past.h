// A piece of one person's past, as values.
#pragma once

#include <optional>
#include <vector>

#include "presence/record.h"

namespace porchlight::history {

// What became of a person at a moment: their record from then on, or nothing where they were gone.
struct Change {
  Time at;
  std::optional<presence::Record> record;
};

// What was in force at the beginning of a stretch of time, and what changed within it, in order.
struct Past {
  std::optional<presence::Record> before;
  std::vector<Change> changes;
  Time until;  // nothing is missing before this moment
};

}  // namespace porchlight::history
