// The size of requests, by which a writer closes its batch in time.
#pragma once

#include <cstddef>

#include "directory/directory.h"
#include "presence/event.h"

namespace porchlight::state {

// An upper bound of the bytes that the parts of variable length take in an event.
std::size_t text_bytes(const presence::Command& command);
std::size_t text_bytes(const directory::EntityChange& change);

}  // namespace porchlight::state
