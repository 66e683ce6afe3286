// Members that several answers about presence have.
#pragma once

#include <string_view>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "presence/calendar.h"
#include "presence/state.h"

namespace porchlight::graph {

// Adds a DateTimeOffset. `ticks`: see SentTime.
inline void add_time(JsonObject& object, std::string_view name, Time time, std::uint16_t ticks = 0) {
  std::string& out = object.member(name);
  out += '"';
  append_date_time(out, time, ticks);
  out += '"';
}

// Adds availability and activity.
inline void add_state(JsonObject& object, presence::State state) {
  object.text("availability", state.availability()).text("activity", state.activity());
}

// Adds what was skipped of a feed, under the name `skipped`. Only for callers who may read the calendar, or see all
// inputs of explain.
inline void add_skipped(JsonObject& object, const presence::SkippedItems& skipped) {
  object.object("skipped", [&](JsonObject& out) {
    out.number("count", skipped.count);
    out.array("first", skipped.first, [](JsonArray& items, const presence::SkippedItem& item) {
      items.object([&](JsonObject& one) { one.number("line", item.line).text("reason", item.reason); });
    });
  });
}

}  // namespace porchlight::graph
