// One event of the log as a line of JSON: what `porchlight log export` prints.
#pragma once

#include <string>

#include "log/event.h"

namespace porchlight::server {

// Appends {"position":"3:17","at":…,"tenant":…,"subject":…,"version":…,"id":…,"kind":…, and the kind's own
// members}, without a line end. `at`: when the batch was logged, which is the order of the export;
// `happenedAt`: when the event was decided.
void append_event_json(std::string& out, log::Position position, Time at, const log::Event& event);

// "shard:seq", and back; nothing where it is malformed or no such shard.
std::string to_text(log::Position position);
std::optional<log::Position> parse_position(std::string_view text);

}  // namespace porchlight::server
