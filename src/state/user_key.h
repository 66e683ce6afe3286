// Which person: the tenant is part of every key, so there is no way to ask without saying in which tenant.
#pragma once

#include <compare>
#include <cstdint>

#include "base/guid.h"

namespace porchlight::state {

struct UserKey {
  Guid tenant;
  Guid user;
  friend auto operator<=>(const UserKey&, const UserKey&) = default;
};

// Shards of a data folder: of the log and of the table alike. Fixed when the folder is made.
inline constexpr std::uint32_t kShards = 64;

// The shard of a subject: its log, its writer, its part of the table.
std::uint32_t shard_of(const Guid& tenant, const Guid& subject);

}  // namespace porchlight::state
