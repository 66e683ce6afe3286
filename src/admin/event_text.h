// One event of the log as a line of JSON: what `porchlight log export` prints.
#pragma once

#include <string>

#include "log/event.h"

namespace porchlight::admin {

// Appends {"position":"3:17","at":…,"tenant":…,"subject":…,"version":…,"id":…,"kind":…, and the kind's own
// members}, without a line end. `at`: when the batch was logged, which is the order of the export;
// `happenedAt`: when the event was decided.
void append_event_json(std::string& out, log::Position position, Time at, const log::Event& event);

}  // namespace porchlight::admin
