// A dead letter in JSON (ours; docs/notifications.md).
#pragma once

#include "base/json_writer.h"
#include "notify/dead_letter.h"

namespace porchlight::graph {

// Adds the members of a dead letter to an object.
void append_dead_letter_members(JsonObject& out, const notify::DeadLetter& letter);

}  // namespace porchlight::graph
