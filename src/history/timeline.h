// Results of history queries, as values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/guid.h"
#include "presence/record.h"
#include "state/user_key.h"

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

// For each shard the number of a batch of its log. The same on every server that has these logs.
using Positions = std::array<std::uint64_t, state::kShards>;

// What a caller knows of a tenant: all changes up to these batches, and what time alone changed up to `at`.
struct KnownChanges {
  Positions positions{};
  Time at{};
  friend bool operator==(const KnownChanges&, const KnownChanges&) = default;
};

// The kinds of changes of one user since known positions.
struct PersonChanges {
  bool presence = false;    // the record
  bool visibility = false;  // who may see the user
  bool removed = false;     // was removed at some time; the view says whether the user exists again
};

// The users of a tenant who changed since known positions.
struct Changes {
  Positions last{};  // the last batches that were considered
  std::map<Guid, PersonChanges> people;
};

// If more users changed there is no answer: reading all users is less work.
inline constexpr std::size_t kChangedPeopleMax = 100'000;

}  // namespace porchlight::history
