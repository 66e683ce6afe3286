// One event inside a log message (batch_codec.h), and the records and profiles that share its spelling.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "base/bytes.h"
#include "log/batch_codec.h"
#include "log/event.h"

namespace porchlight::log {

// Kinds of events. A number is never given to another kind. Those left out belong to rooms yet to be built.
enum class EventKind : std::uint8_t {
  kSessionSet = 1,
  kSessionCleared = 2,
  kPreferredSet = 3,
  kPreferredCleared = 4,
  kMessageSet = 5,
  kMessageCleared = 6,
  kOutOfOfficeSet = 7,
  kLocationSet = 8,
  kUserPut = 13,
  kTenantPut = 14,
  kUserRemoved = 17,
  kTenantRemoved = 18,
  kAppPut = 19,
  kAppRemoved = 20,
  kOutOfOfficeCleared = 21,
  kLocationsCleared = 22,
  kCalendarSet = 23,
  kCalendarCleared = 24,
  kVisibilitySet = 25,
  kVisibilityCleared = 26,
  kGroupPut = 27,
  kGroupRemoved = 28,
};

// The event's flag that lets a reader who does not know its kind pass over it.
inline constexpr std::uint8_t kMaySkip = 1;

// The longest text, and the longest list, that an event may hold.
inline constexpr std::size_t kEventTextBytesMax = 16 * 1024;
inline constexpr std::size_t kEventListMax = 1024;

void append_event(std::string& out, const Event& event);
std::expected<Event, CodecError> read_event(ByteReader& in);

// i64 ms since 1970. The end of time, which is the largest, stands for never.
void append_time(ByteWriter& out, Time time);
Time read_time(ByteReader& in);

// varint count, then texts.
void append_texts(ByteWriter& out, const std::vector<std::string>& texts);
std::vector<std::string> read_texts(ByteReader& in);

// varint count, then 16 bytes each. At most `max` come back.
void append_guids(ByteWriter& out, const std::vector<Guid>& guids);
std::vector<Guid> read_guids(ByteReader& in, std::size_t max);

// u8, 0 or 1.
bool read_bool(ByteReader& in);

// u8, the storage number of the pair; fails `in` where no such pair is known.
void append_state(ByteWriter& out, presence::State state);
presence::State read_state(ByteReader& in);

}  // namespace porchlight::log
