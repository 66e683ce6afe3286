// Results of history queries, as values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/guid.h"
#include "presence/record.h"

namespace porchlight::history {

// A user's record from `at` on; nullopt if the user did not exist.
struct RecordChange {
  Time at;
  std::optional<presence::Record> record;
};

// The records of a user in an interval: the one in force at its beginning, and the changes in it in ascending order.
struct Timeline {
  std::optional<presence::Record> before;
  std::vector<RecordChange> changes;
  Time until;  // the end of the interval; earlier than asked for if there were too many changes
};

// The kinds of changes of one user since a known change of the tenant.
struct PersonChanges {
  bool presence = false;    // the record
  bool visibility = false;  // who may see the user
  bool removed = false;     // was removed at some time; the view says whether the user exists again
};

// The users of a tenant who changed since a known change.
struct Changes {
  std::uint64_t generation = 0;  // of the database; numbers of different generations are not comparable
  std::uint64_t last = 0;        // the number of the newest change
  std::map<Guid, PersonChanges> people;
};

// In place of the number of a known change: the answer has only the newest number and no users.
inline constexpr std::uint64_t kLatestOnly = ~std::uint64_t{0};

// If more users changed there is no answer: reading all users is less work.
inline constexpr std::size_t kChangedPeopleMax = 100'000;

}  // namespace porchlight::history
