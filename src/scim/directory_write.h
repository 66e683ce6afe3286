// Changes to the directory as SCIM makes them: durable and visible before the call returns.
#pragma once

#include <vector>

#include "scim/error.h"
#include "state/writer.h"

namespace porchlight::scim {

// All of them, or a fault after which some may have been made. Waits; not for the log's threads.
ScimResult<void> write_directory(state::Writer& writer, std::vector<state::DirectoryCommand> commands,
                                 Time now);

}  // namespace porchlight::scim
