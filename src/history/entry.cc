// Bytes of keys and values. Keys are compared as bytes, so numbers in keys are big endian, and those of a place are
// inverted: the newest entry of a user comes first.
#include "history/entry.h"

#include <algorithm>
#include <cstring>

#include "log/event_codec.h"
#include "log/record_codec.h"
#include "presence/rules.h"

namespace porchlight::history {
namespace {

constexpr char kEntry = 'E', kCheckpoint = 'M', kChange = 'D';
constexpr std::size_t kChangeKeyBytes = 1 + 16 + 1 + 8 + 2;
static_assert(state::kShards <= 256, "the key of a change has one byte for the shard");
constexpr std::uint8_t kExists = 1, kHasCalendar = 2, kHasVisibility = 4;

template <typename T>
T read_big_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

// Flipped, so that times before 1970 are less than others as unsigned numbers, too.
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::uint64_t descending_key(Time time) {
  return ~(static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ kSign);
}
Time time_from_key(std::uint64_t key) { return Time(Duration(static_cast<std::int64_t>(~key ^ kSign))); }

void append_entry_time(ByteWriter& out, const EntryTime& entry_time) {
  out.big_endian(descending_key(entry_time.at));
  out.big_endian(~entry_time.seq);
  out.big_endian(static_cast<std::uint16_t>(~entry_time.index));
}

constexpr std::size_t kEntryTimeBytes = kEntryKeyBytes - kEntryPrefixBytes;

EntryTime read_entry_time(std::string_view bytes) {
  return {time_from_key(read_big_endian<std::uint64_t>(bytes)),
          ~read_big_endian<std::uint64_t>(bytes.substr(8)),
          static_cast<std::uint16_t>(~read_big_endian<std::uint16_t>(bytes.substr(16)))};
}

EntryTime read_entry_time(ByteReader& in) {
  const std::string_view bytes = in.raw(kEntryTimeBytes);
  return in.ok() ? read_entry_time(bytes) : EntryTime{};
}

// The record must have extras.
presence::Record without_large_parts(presence::Record record) {
  record.extras->calendar.reset();
  record.extras->visibility.reset();
  return record;
}

}  // namespace

std::string entry_key(const state::UserKey& person, EntryColumn column, const EntryTime& entry_time) {
  std::string key;
  append_entry_key(key, person, column, entry_time);
  return key;
}

void append_entry_key(std::string& out, const state::UserKey& person, EntryColumn column,
                      const EntryTime& entry_time) {
  ByteWriter key(out);
  key.fixed(kEntry);
  key.guid(person.tenant);
  key.guid(person.user);
  key.fixed(static_cast<std::uint8_t>(column));
  append_entry_time(key, entry_time);
}

std::string first_entry_key() { return std::string(1, kEntry); }

bool is_entry_key(std::string_view key) { return key.size() == kEntryKeyBytes && key.front() == kEntry; }

bool is_record_key(std::string_view entry_key) {
  return static_cast<EntryColumn>(entry_key[kEntryPrefixBytes - 1]) == EntryColumn::kRecord;
}

EntryTime entry_time_of(std::string_view entry_key) {
  return read_entry_time(entry_key.substr(kEntryPrefixBytes));
}

Shared<presence::Calendar> calendar_of(const presence::Record& record) {
  return record.extras ? record.extras->calendar : Shared<presence::Calendar>();
}

Shared<presence::Visibility> visibility_of(const presence::Record& record) {
  return record.extras ? record.extras->visibility : Shared<presence::Visibility>();
}

namespace {

// `elsewhere`: the parts that have columns of their own; the record is without them.
void append_value(std::string& bytes, const PersonState& person_state, const MissingParts& elsewhere,
                  const presence::Record& record) {
  ByteWriter out(bytes);
  out.fixed(static_cast<std::uint8_t>(person_state.exists * kExists + elsewhere.calendar * kHasCalendar +
                                      elsewhere.visibility * kHasVisibility));
  out.varint(person_state.version);
  if (elsewhere.calendar) append_entry_time(out, person_state.calendar);
  if (elsewhere.visibility) append_entry_time(out, person_state.visibility);
  log::append_record(out, record);
}

}  // namespace

void append_person_state(std::string& out, const PersonState& person_state) {
  const presence::Extras* const extras = person_state.record.extras ? &*person_state.record.extras : nullptr;
  if (!extras || (!extras->calendar && !extras->visibility))
    return append_value(out, person_state, {}, person_state.record);
  append_value(out, person_state,
               {static_cast<bool>(extras->calendar), static_cast<bool>(extras->visibility)},
               without_large_parts(person_state.record));
}

std::string encode_person_state(const PersonState& person_state) {
  std::string bytes;
  append_person_state(bytes, person_state);
  return bytes;
}

bool exists(std::string_view bytes) { return !bytes.empty() && (bytes.front() & kExists) != 0; }

// A calendar makes visible changes that only the whole record can count, so a state with one keeps its parts.
std::optional<std::string> settled_person_state(std::string_view bytes, Time at,
                                                const presence::Policy& policy) {
  const auto decoded = decode_person_state(bytes);
  if (!decoded || decoded->missing.calendar) return std::nullopt;
  const PersonState& person_state = decoded->person_state;
  if (!presence::has_expired_input(person_state.record, at)) return std::nullopt;
  std::string settled;
  append_value(settled, person_state, decoded->missing, presence::settled(person_state.record, at, policy));
  return settled;
}

std::string encode_calendar(const presence::Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  if (const auto calendar = calendar_of(record)) log::append_calendar(out, *calendar);
  return bytes;
}

std::string encode_visibility(const presence::Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  if (const auto visibility = visibility_of(record)) {
    log::append_visibility(out, *visibility);
    out.varint(record.extras->visibility_sequence);
  }
  return bytes;
}

std::optional<DecodedPersonState> decode_person_state(std::string_view bytes) {
  ByteReader in(bytes);
  DecodedPersonState decoded;
  const auto flags = in.fixed<std::uint8_t>();
  decoded.person_state.exists = flags & kExists;
  decoded.missing = {(flags & kHasCalendar) != 0, (flags & kHasVisibility) != 0};
  decoded.person_state.version = in.varint();
  if (decoded.missing.calendar) decoded.person_state.calendar = read_entry_time(in);
  if (decoded.missing.visibility) decoded.person_state.visibility = read_entry_time(in);
  decoded.person_state.record = log::read_record(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return decoded;
}

bool decode_calendar(std::string_view bytes, presence::Record& record) {
  ByteReader in(bytes);
  record.ensure_extras().calendar = log::read_calendar(in);
  return in.ok() && in.at_end();
}

bool decode_visibility(std::string_view bytes, presence::Record& record) {
  ByteReader in(bytes);
  record.ensure_extras().visibility = log::read_visibility(in);
  record.ensure_extras().visibility_sequence = in.varint();
  return in.ok() && in.at_end();
}

std::string change_key(const Guid& tenant, const ChangePlace& place) {
  std::string key;
  append_change_key(key, tenant, place);
  return key;
}

void append_change_key(std::string& out, const Guid& tenant, const ChangePlace& place) {
  ByteWriter key(out);
  key.fixed(kChange);
  key.guid(tenant);
  key.fixed(static_cast<std::uint8_t>(place.shard));
  key.big_endian(place.seq);
  key.big_endian(place.index);
}

bool is_change_key(std::string_view key) { return key.size() == kChangeKeyBytes && key.front() == kChange; }

bool is_change_key_of(std::string_view key, const Guid& tenant) {
  return is_change_key(key) && std::memcmp(key.data() + 1, tenant.bytes.data(), tenant.bytes.size()) == 0;
}

ChangePlace change_place(std::string_view change_key) {
  const std::string_view place = change_key.substr(1 + sizeof(Guid));
  return {static_cast<std::uint8_t>(place.front()), read_big_endian<std::uint64_t>(place.substr(1)),
          read_big_endian<std::uint16_t>(place.substr(9))};
}

void append_change(std::string& out, const ChangeEntry& entry) {
  ByteWriter bytes(out);
  bytes.guid(entry.user);
  bytes.fixed(static_cast<std::uint8_t>(entry.kind));
}

std::optional<ChangeEntry> decode_change(std::string_view bytes) {
  ByteReader in(bytes);
  ChangeEntry entry;
  entry.user = in.guid();
  const auto kind = in.fixed<std::uint8_t>();
  entry.kind = static_cast<ChangeKind>(kind);
  if (!in.ok() || !in.at_end() || kind > static_cast<std::uint8_t>(ChangeKind::kRemoved)) return std::nullopt;
  return entry;
}

std::string checkpoint_key(std::uint32_t shard) {
  std::string key(1, kCheckpoint);
  ByteWriter(key).big_endian(shard);
  return key;
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(checkpoint.seq);
  out.guid(checkpoint.last_event);
  log::append_time(out, checkpoint.earliest);
  return bytes;
}

std::optional<Checkpoint> decode_checkpoint(std::string_view bytes) {
  ByteReader in(bytes);
  Checkpoint checkpoint;
  checkpoint.seq = in.fixed<std::uint64_t>();
  checkpoint.last_event = in.guid();
  checkpoint.earliest = log::read_time(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return checkpoint;
}

}  // namespace porchlight::history
