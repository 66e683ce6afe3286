// The access for writes to presence, for the route table and for the messages of a WebSocket (spec presence §4).
#pragma once

#include "graph/call/route.h"

namespace porchlight::graph {

// These permissions as a set.
constexpr identity::Permissions set_of(auto... permissions) {
  return (static_cast<identity::Permissions>(permissions) | ... | 0);
}

// Oneself with a delegated token, any user with an application's.
inline constexpr Access kWriteAccess = {.self = set_of(identity::Permission::kDelegatedReadWrite),
                                        .others = set_of(identity::Permission::kDelegatedReadWrite),
                                        .app = set_of(identity::Permission::kAppReadWriteAll),
                                        .others_unauthorized = true};

}  // namespace porchlight::graph
