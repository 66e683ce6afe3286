// The access of writes to presence, which a stream's messages need as well as the routes (spec presence §4).
#pragma once

#include "graph/call/route.h"

namespace porchlight::graph {

// The set of these permissions.
constexpr identity::Permissions set_of(auto... permissions) {
  return (static_cast<identity::Permissions>(permissions) | ... | 0);
}

inline constexpr Access kWriteAccess = {.self = set_of(identity::Permission::kDelegatedReadWrite),
                                        .others = set_of(identity::Permission::kDelegatedReadWrite),
                                        .app = set_of(identity::Permission::kAppReadWriteAll),
                                        .others_unauthorized = true};

}  // namespace porchlight::graph
