// Events, the units of the log, and the batches in which they are appended.
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

// A position in the log: a shard and the number of a batch in it. The first batch is 1; 0 is before all batches.
struct Position {
  std::uint32_t shard = 0;
  std::uint64_t seq = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// A change of the directory and its time.
struct DirectoryEvent {
  Time at;
  directory::EntityChange what;
  friend bool operator==(const DirectoryEvent&, const DirectoryEvent&) = default;
};

// An event of a kind that this version does not know, written by a newer version that allows older ones to skip it. The
// bytes of the body are kept, so that the event encodes to the same bytes again.
struct SkippedEvent {
  std::uint8_t kind;
  std::uint8_t flags;
  std::string bytes;
  friend bool operator==(const SkippedEvent&, const SkippedEvent&) = default;
};

// One change of one subject.
struct Event {
  Guid id;  // chosen by the receiver of the request, so that a repetition is recognised
  Guid tenant;
  Guid subject;  // the user, application or group; nil for the tenant itself
  std::uint64_t version =
      0;  // 1 more with each event of the subject; repeated events are ignored (person_fold.h)
  std::variant<presence::Event, DirectoryEvent, SkippedEvent> body;
  friend bool operator==(const Event&, const Event&) = default;
};

// The greatest version: enough for a change each millisecond for 34 years.
inline constexpr std::uint64_t kVersionMax = (std::uint64_t{1} << 40) - 1;

// The events that are appended together: those that waited while the append before was under way.
struct Batch {
  std::uint32_t epoch = 1;  // grows with each change of the shard's owner; always 1 on a single server
  Time at{};                // not less than that of the shard's batch before
  std::vector<Event> events;
  friend bool operator==(const Batch&, const Batch&) = default;
};

}  // namespace porchlight::log
