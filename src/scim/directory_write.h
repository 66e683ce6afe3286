// Synchronous writes to the directory: durable and visible to readers before the call returns.
#pragma once

#include <vector>

#include "scim/error.h"
#include "state/writer.h"

namespace porchlight::scim {

// Executes the commands in order. After an error some of them may have been executed. Blocks until the log has them
// durable, so it must not be called on a thread of the log. Error: 503.
ScimResult<void> write_directory(state::Writer& writer, std::vector<state::DirectoryCommand> commands,
                                 Time now);

}  // namespace porchlight::scim
