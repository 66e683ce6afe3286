// The key of a user. It contains the tenant, so no look-up can forget to name the tenant.
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

// The number of shards of a data folder, of the log and of the view alike. Fixed when the folder is created.
inline constexpr std::uint32_t kShards = 64;

// The shard of a subject (user, application, group, or nil for the tenant itself): its log, its writer, its part of the
// view. XXH64 of both ids; part of the disk format (docs/log_format.md).
std::uint32_t shard_of(const Guid& tenant, const Guid& subject);

}  // namespace porchlight::state
