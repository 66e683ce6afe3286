// What a stream, a wait or a subscription follows, and the keys that it watches for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "state/view.h"

namespace porchlight::watch {

// The numbers are stored (notify/subscription.h).
enum class TargetKind : std::uint8_t {
  kPeople,  // named people
  kGroup,   // the members of a group
  kTenant,  // all people of the tenant
};

struct WatchTarget {
  TargetKind kind = TargetKind::kPeople;
  std::vector<Guid> ids;  // kPeople: the people, in order, each once; kGroup: the group; kTenant: empty
  friend bool operator==(const WatchTarget&, const WatchTarget&) = default;
};

// The people of the target at present, in order of id. They need not exist if the target names them. Returns
// nullopt if the tenant does not have the group.
std::optional<std::vector<Guid>> people_of(const state::View& view, const Guid& tenant,
                                           const WatchTarget& target);

// How many people_of() returns; 0 if the tenant does not have the group. Does not read the people of a tenant.
std::size_t people_count(const state::View& view, const Guid& tenant, const WatchTarget& target);

// The ids of all people of a tenant, in order.
std::vector<Guid> all_people(const state::View& view, const Guid& tenant);

// People that a watcher reads or compares in one call: the calls of others come in between.
inline constexpr std::size_t kPeoplePerCall = 256;

// Reads what all_people() returns, a portion at a time. Not thread-safe.
class PeopleReading {
 public:
  // Reads up to kPeoplePerCall people more. Returns whether there are no further ones.
  bool read_more(const state::View& view, const Guid& tenant);
  // Whether one of these people of the tenant was added or removed after read_more() came past their place.
  bool is_outdated_by(const state::View& view, std::span<const state::UserKey> changed) const;
  // The people read until now, in order.
  std::vector<Guid> take() { return std::move(people_); }

 private:
  std::vector<Guid> people_;
};

// The keys under which a reader of `tenant` may find these people, now or later: each person in the tenant
// itself, and in every trusted tenant while the tenant itself does not have the person (spec presence §6.8).
// A trust that is not mutual is included: it may become so, and a change of trust reaches all watchers.
std::vector<state::UserKey> watch_keys(const state::View& view, const Guid& tenant,
                                       std::span<const Guid> people);

// Whether watch_keys() may return further keys after a change of `changed`: one of them is a person who is
// absent from the tenant itself and may be in a trusted one. Changes of trust change every key, so this
// covers them. A key that became superfluous is not reported: watching it does no harm.
bool may_have_moved(const state::View& view, const Guid& tenant, std::span<const state::UserKey> changed);

// A checksum by which a watcher recognizes that the keys to watch have changed.
std::uint64_t checksum_of(std::span<const state::UserKey> keys);

}  // namespace porchlight::watch
