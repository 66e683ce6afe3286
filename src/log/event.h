// One thing that happened, as the log keeps it, and the batches in which the log takes them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "directory/directory.h"
#include "presence/event.h"

namespace porchlight::log {

// A place in the log: which shard, and the number of the batch in it (the first is 1; 0 is before
// everything).
struct Position {
  std::uint32_t shard = 0;
  std::uint64_t seq = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// A change to the directory and when it was made.
struct DirectoryEvent {
  Time at;
  directory::EntityChange what;
  friend bool operator==(const DirectoryEvent&, const DirectoryEvent&) = default;
};

// An event of a kind that this version does not know, written by a newer one that allows it to be passed
// over. Kept as it came.
struct SkippedEvent {
  std::uint8_t kind;
  std::uint8_t flags;
  std::string bytes;
  friend bool operator==(const SkippedEvent&, const SkippedEvent&) = default;
};

struct Event {
  Guid id;  // made by whoever took the request, so that a repeat is recognised
  Guid tenant;
  Guid subject;               // the user, or the application, or nil where it is the tenant itself
  std::uint64_t version = 0;  // grows by one with each event of this subject; a replayed one is passed over
  std::variant<presence::Event, DirectoryEvent, SkippedEvent> body;
  friend bool operator==(const Event&, const Event&) = default;
};

// Versions stay below this: room for a change a millisecond for 34 years.
inline constexpr std::uint64_t kVersionMax = (std::uint64_t{1} << 40) - 1;

// All events that waited while the previous append was under way.
struct Batch {
  std::uint32_t epoch = 1;  // grows with each change of the shard's owner; a single node stays at 1
  Time at{};                // never smaller than the previous batch's of the shard
  std::vector<Event> events;
  friend bool operator==(const Batch&, const Batch&) = default;
};

}  // namespace porchlight::log
