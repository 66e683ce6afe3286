// Encoding of one event in a batch (batch_codec.h), and of the primitive types that records and profiles share with it
// (docs/log_format.md).
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "base/bytes.h"
#include "base/time_text.h"
#include "log/batch_codec.h"
#include "log/event.h"

namespace porchlight::log {

// Kinds of events. A number is never given to another kind. Missing numbers are reserved.
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
  kWorkPlanSet = 29,
  kAdministratorSet = 30,
};

// The flag of an event that a reader may skip if it does not know the kind.
inline constexpr std::uint8_t kMaySkip = 1;

// The longest text in bytes, and the longest list of texts, in an event.
inline constexpr std::size_t kEventTextBytesMax = 16 * 1024;
inline constexpr std::size_t kEventListMax = 1024;

// The event with its header. The version must be at most kVersionMax.
void append_event(std::string& out, const Event& event);
// kNewer if the kind or a flag is unknown and the event may not be skipped.
std::expected<Event, CodecError> read_event(ByteReader& in);

// i64 ms since 1970. The greatest value, kNever, means never.
void append_time(ByteWriter& out, Time time);
Time read_time(ByteReader& in);
// A time with its ticks beyond the millisecond: i64, ticks * 2^49 + milliseconds. Never has no ticks.
void append_sent_time(ByteWriter& out, const SentTime& sent);
SentTime read_sent_time(ByteReader& in);

// varint count, then texts.
void append_texts(ByteWriter& out, const std::vector<std::string>& texts);
std::vector<std::string> read_texts(ByteReader& in);

// varint count, then 16 bytes each. More than `max` fail the reader.
void append_guids(ByteWriter& out, const std::vector<Guid>& guids);
std::vector<Guid> read_guids(ByteReader& in, std::size_t max);

// u8, 0 or 1.
bool read_bool(ByteReader& in);

// u8, less than `count`.
std::uint8_t read_choice(ByteReader& in, std::uint8_t count);

// u8, the code of the pair (docs/log_format.md, "States"). An unknown code fails the reader.
void append_state(ByteWriter& out, presence::State state);
presence::State read_state(ByteReader& in);

// 16 bytes each of the application and the session.
void append_session_key(ByteWriter& out, const presence::SessionKey& key);
presence::SessionKey read_session_key(ByteReader& in);

}  // namespace porchlight::log
