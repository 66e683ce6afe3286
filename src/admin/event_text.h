// One event of the log as a line of JSON, for `porchlight log export`.
#pragma once

#include <string>

#include "log/event.h"

namespace porchlight::admin {

// Appends {"position":"3:17","at":…,"tenant":…,"subject":…,"version":…,"id":…,"kind":…,…,"happenedAt":…} without a line
// end; between kind and happenedAt are the members of that kind. `at` is when the batch was written, which is the order
// of the export; `happenedAt` is when the event was decided. Times are UTC; null means never.
void append_event_json(std::string& out, log::Position position, Time at, const log::Event& event);

}  // namespace porchlight::admin
