// A piece of one person's past, as values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/guid.h"
#include "presence/record.h"

namespace porchlight::history {

// What became of a person at a moment: their record from then on, or nothing where they were gone.
struct RecordChange {
  Time at;
  std::optional<presence::Record> record;
};

// What was in force at the beginning of a stretch of time, and what changed within it, in order.
struct Timeline {
  std::optional<presence::Record> before;
  std::vector<RecordChange> changes;
  Time until;  // nothing is missing before this moment
};

// Who of a tenant changed after a change that somebody knows: once each, with all that became of them.
struct PersonChanges {
  bool presence = false;
  bool visibility = false;  // who may see them
  bool removed = false;     // they were gone once; whether they are there again is the view's to say
};
struct Changes {
  std::uint64_t generation = 0;  // numbers of changes mean something within one generation only
  std::uint64_t last = 0;        // the number of the newest change
  std::map<Guid, PersonChanges> people;
};

// Instead of a number: whoever asks knows of no change, and is to be told the newest number only.
inline constexpr std::uint64_t kLatestOnly = ~std::uint64_t{0};

// More people than this are not told one by one: it is less work to read everybody again.
inline constexpr std::size_t kChangedPeopleMax = 100'000;

}  // namespace porchlight::history
