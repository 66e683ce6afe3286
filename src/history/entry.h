// Keys and values of the history database (docs/log_format.md). Everything in it is derived from the log; a
// database of another format is deleted and built again, except that of format 2, which is converted. Numbers in
// keys are big endian, in values little endian.
//
//     format      key    'F'
//                 value  u8 format
//     record      key    'E' | 16 B tenant | 16 B user | u8 0 | moment
//                 value  u8 flags | varint version | [moment of the calendar] | [moment of the visibility]
//                      | RECORD
//     calendar    key    'E' | 16 B tenant | 16 B user | u8 1 | moment
//                 value  CALENDAR; empty if the calendar was removed
//     visibility  key    'E' | 16 B tenant | 16 B user | u8 2 | moment
//                 value  VISIBILITY | varint sequence; empty if the setting was removed
//     mark        key    'M' | u32 shard
//                 value  u64 number of the last batch read | 16 B id of its last event | i64 earliest
//     change      key    'D' | 16 B tenant | u8 shard | u64 number of the batch | u16 index of the event in it
//                 value  16 B user | u8 kind
//     known       key    'T'
//                 value  change marks (change_marks.h)
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

#include "history/timeline.h"
#include "log/person_fold.h"
#include "presence/policy.h"
#include "presence/record.h"
#include "state/user_key.h"

namespace porchlight::history {

inline constexpr std::uint8_t kFormat = 3;
// The format before. Its changes are numbered by tenant, with keys that begin with 'C'; 'G' is a number of the
// database.
inline constexpr std::uint8_t kFormatBefore = 2;

// The place of an entry in a user's history. Events of the same time are ordered as in the log.
struct EntryTime {
  Time at{};
  std::uint64_t seq = 0;    // of the batch
  std::uint16_t index = 0;  // of the event in the batch
  friend auto operator<=>(const EntryTime&, const EntryTime&) = default;
};

// The index behind all events of a batch: of an entry that comes from the view and not from an event.
inline constexpr std::uint16_t kIndexAfter = std::numeric_limits<std::uint16_t>::max();

// The place behind all entries of time `at`.
constexpr EntryTime latest_entry_at(Time at) {
  return {at, std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint16_t>::max()};
}

// The parts of a user's state that have entries of their own.
enum class EntryColumn : std::uint8_t { kRecord, kCalendar, kVisibility };

// Bytes of the common prefix of all keys of one user and column; bytes of a whole key.
inline constexpr std::size_t kEntryPrefixBytes = 1 + 16 + 16 + 1;
inline constexpr std::size_t kEntryKeyBytes = kEntryPrefixBytes + 8 + 8 + 2;

// The key of an entry, and the same at the end of `out`.
std::string entry_key(const state::UserKey& person, EntryColumn column, const EntryTime& entry_time);
void append_entry_key(std::string& out, const state::UserKey& person, EntryColumn column,
                      const EntryTime& entry_time);
// A key before those of all entries and behind all smaller kinds of keys.
std::string first_entry_key();
// Whether a key of the database is one of an entry.
bool is_entry_key(std::string_view key);
// Whether such a key is one of the record column.
bool is_record_key(std::string_view entry_key);
// The place in a key for which is_entry_key() is true.
EntryTime entry_time_of(std::string_view entry_key);

// A user's state after an event.
struct PersonState : log::PersonFold {
  // The entries that hold the record's calendar and visibility, if it has them.
  EntryTime calendar;
  EntryTime visibility;
};

// The part of a record; null if it has none.
Shared<presence::Calendar> calendar_of(const presence::Record& record);
Shared<presence::Visibility> visibility_of(const presence::Record& record);

// The values of the three columns. That of the record column has no calendar and no visibility.
void append_person_state(std::string& out, const PersonState& person_state);
std::string encode_person_state(const PersonState& person_state);
std::string encode_calendar(const presence::Record& record);
std::string encode_visibility(const presence::Record& record);

// The parts that a decoded state still lacks, because they are in columns of their own.
struct MissingParts {
  bool calendar = false;
  bool visibility = false;
};
// A state as it is in the record column.
struct DecodedPersonState {
  PersonState person_state;
  MissingParts missing;
};
// nullopt or false if the bytes are malformed. The last two put their part into the record.
std::optional<DecodedPersonState> decode_person_state(std::string_view bytes);
bool decode_calendar(std::string_view bytes, presence::Record& record);
bool decode_visibility(std::string_view bytes, presence::Record& record);

// Whether the user exists, by a value of the record column.
bool exists(std::string_view bytes);
// The value of the record column without what had expired at `at` (presence::settled()); nullopt if it has nothing of
// the kind or is malformed.
std::optional<std::string> settled_person_state(std::string_view bytes, Time at,
                                                const presence::Policy& policy);

// How far a shard's log is indexed.
struct Checkpoint {
  std::uint64_t seq = 0;        // the last batch indexed
  Guid last_event;              // id of its last event; nil if it has none or was not read
  Time earliest = Time::min();  // before this time the shard's history is unknown
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// nullopt if the bytes are malformed.
std::string checkpoint_key(std::uint32_t shard);
std::string encode_checkpoint(const Checkpoint& checkpoint);
std::optional<Checkpoint> decode_checkpoint(std::string_view bytes);

// The key of the change marks, of which there is one.
inline constexpr std::string_view kChangeMarksKey = "T";

// A change of a user that a reader may notice at once: the user, and the kind.
enum class ChangeKind : std::uint8_t { kPresence, kVisibility, kRemoved };
struct ChangeEntry {
  Guid user;
  ChangeKind kind = ChangeKind::kPresence;
};

// Adds a change to those of its user.
inline void add_kind(PersonChanges& person, ChangeKind kind) {
  person.presence |= kind == ChangeKind::kPresence;
  person.visibility |= kind == ChangeKind::kVisibility;
  person.removed |= kind == ChangeKind::kRemoved;
}

// The event that made a change, by its place in the log.
struct ChangePlace {
  std::uint32_t shard = 0;
  std::uint64_t seq = 0;    // of the batch
  std::uint16_t index = 0;  // of the event in the batch
};

// The key of a change, and the same at the end of `out`. Those of a tenant and shard are in the order of the log.
std::string change_key(const Guid& tenant, const ChangePlace& place);
void append_change_key(std::string& out, const Guid& tenant, const ChangePlace& place);
// Whether a key of the database is one of a change, then also of this tenant, and its place.
bool is_change_key(std::string_view key);
bool is_change_key_of(std::string_view key, const Guid& tenant);
ChangePlace change_place(std::string_view change_key);
// The value of a change; nullopt if the bytes are malformed.
void append_change(std::string& out, const ChangeEntry& entry);
std::optional<ChangeEntry> decode_change(std::string_view bytes);

}  // namespace porchlight::history
