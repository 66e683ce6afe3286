// Keys and values of the history database (docs/log_format.md). Everything in it is derived from the log; a
// database of another format is deleted and built again. Numbers in keys are big endian, in values little
// endian.
//
//     format      key    'F'
//                 value  u8 format
//     generation  key    'G'
//                 value  16 B random
//     record      key    'E' | 16 B tenant | 16 B user | u8 0 | moment
//                 value  u8 flags | varint version | [moment of the calendar] | [moment of the visibility]
//                      | RECORD
//     calendar    key    'E' | 16 B tenant | 16 B user | u8 1 | moment
//                 value  CALENDAR; empty if the calendar was removed
//     visibility  key    'E' | 16 B tenant | 16 B user | u8 2 | moment
//                 value  VISIBILITY | varint sequence; empty if the setting was removed
//     mark        key    'M' | u32 shard
//                 value  u64 number of the last batch read | 16 B id of its last event | i64 earliest
//     change      key    'C' | 16 B tenant | u64 number of the change in the tenant
//                 value  16 B user | u8 kind | i64 time
//     moment      = i64 time | u64 number of the batch | u16 index of the event in it
//     flags       : 1 the user exists, 2 has a calendar, 4 has a visibility setting
//
// A moment is stored big endian, also in values. The sign bit of its time is flipped, then all bits of the
// three numbers are inverted, so that the newest entry of a user comes first. The parts in capitals are in
// log/record_codec.h; the record there is without calendar and visibility, which would otherwise be repeated
// in each entry.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "log/person_fold.h"
#include "presence/record.h"
#include "state/user_key.h"

namespace porchlight::history {

inline constexpr std::uint8_t kFormat = 2;

// A place in a person's past. Of two events of one time the log says which came first.
struct EntryTime {
  Time at{};
  std::uint64_t seq = 0;
  std::uint16_t index = 0;
  friend auto operator<=>(const EntryTime&, const EntryTime&) = default;
};

// The place behind all events of a batch: that of what was found, and not told by an event.
inline constexpr std::uint16_t kIndexAfter = std::numeric_limits<std::uint16_t>::max();

// Behind everything that happened at `at`.
constexpr EntryTime latest_entry_at(Time at) {
  return {at, std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint16_t>::max()};
}

enum class EntryColumn : std::uint8_t { kRecord, kCalendar, kVisibility };

// What all entries of one person and part begin with, in bytes.
inline constexpr std::size_t kEntryPrefixBytes = 1 + 16 + 16 + 1;
inline constexpr std::size_t kEntryKeyBytes = kEntryPrefixBytes + 8 + 8 + 2;

std::string entry_key(const state::UserKey& person, EntryColumn column, const EntryTime& entry_time);
bool is_entry_key(std::string_view key);
// Of a key for which is_entry_key() holds.
EntryTime entry_time_of(std::string_view entry_key);

// What is known of a person once an event has happened.
struct PersonState : log::PersonFold {
  // When they last changed, where the record has them.
  EntryTime calendar;
  EntryTime visibility;
};

Shared<presence::Calendar> calendar_of(const presence::Record& record);
Shared<presence::Visibility> visibility_of(const presence::Record& record);

// The record's part, and the other two as they are in the record.
std::string encode_person_state(const PersonState& person_state);
std::string encode_calendar(const presence::Record& record);
std::string encode_visibility(const presence::Record& record);

// What a fold still lacks once it is decoded.
struct MissingParts {
  bool calendar = false;
  bool visibility = false;
};
struct DecodedPersonState {
  PersonState person_state;
  MissingParts missing;
};
// Nothing where the bytes are not what encode_fold() gives. The same of the two below, which complete it.
std::optional<DecodedPersonState> decode_person_state(std::string_view bytes);
bool decode_calendar(std::string_view bytes, presence::Record& record);
bool decode_visibility(std::string_view bytes, presence::Record& record);

// How far a shard's log is in the database.
struct Checkpoint {
  std::uint64_t seq = 0;
  Guid last_event;              // of that batch: nil where it has none, or was not read
  Time earliest = Time::min();  // before it nothing is known of the shard's people
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string checkpoint_key(std::uint32_t shard);
std::string encode_checkpoint(const Checkpoint& checkpoint);
std::optional<Checkpoint> decode_checkpoint(std::string_view bytes);

// That something of a person became another, as far as a reader may notice it at once: who, and what besides
// their presence.
enum class ChangeKind : std::uint8_t { kPresence, kVisibility, kRemoved };
struct ChangeEntry {
  Guid user;
  ChangeKind kind = ChangeKind::kPresence;
  Time at{};
};

std::string change_key(const Guid& tenant, std::uint64_t number);
bool is_change_key(std::string_view key);
// Of a key for which is_change_key() holds.
std::uint64_t change_number(std::string_view key);
std::string encode_change(const ChangeEntry& entry);
std::optional<ChangeEntry> decode_change(std::string_view bytes);

}  // namespace porchlight::history
