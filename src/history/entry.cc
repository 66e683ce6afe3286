#include "history/entry.h"

#include <algorithm>

#include "log/event_codec.h"
#include "log/record_codec.h"

namespace porchlight::history {
namespace {

constexpr char kEntry = 'E', kMark = 'M', kChange = 'C';
constexpr std::size_t kChangeKeyBytes = 1 + 16 + 8;
constexpr std::uint8_t kIsThere = 1, kHasCalendar = 2, kHasAudience = 4;

template <typename T>
void append_big_endian(std::string& out, T value) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift));
}

template <typename T>
T read_big_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

// Times before 1970 come before the others, too.
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

std::uint64_t turned(Time time) {
  return ~(static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ kSign);
}
Time turned_back(std::uint64_t key) { return Time(Duration(static_cast<std::int64_t>(~key ^ kSign))); }

void append_moment(std::string& out, const Moment& moment) {
  append_big_endian(out, turned(moment.at));
  append_big_endian(out, ~moment.seq);
  append_big_endian(out, static_cast<std::uint16_t>(~moment.place));
}

constexpr std::size_t kMomentBytes = kEntryKeyBytes - kEntryPrefixBytes;

Moment read_moment(std::string_view bytes) {
  return {turned_back(read_big_endian<std::uint64_t>(bytes)),
          ~read_big_endian<std::uint64_t>(bytes.substr(8)),
          static_cast<std::uint16_t>(~read_big_endian<std::uint16_t>(bytes.substr(16)))};
}

Moment read_moment(ByteReader& in) {
  const std::string_view bytes = in.raw(kMomentBytes);
  return in.ok() ? read_moment(bytes) : Moment{};
}

presence::Record without_large_parts(presence::Record record) {
  record.extras->calendar.reset();
  record.extras->audience.reset();
  return record;
}

}  // namespace

std::string entry_key(const state::UserKey& person, Part part, const Moment& moment) {
  std::string key(1, kEntry);
  key.reserve(kEntryKeyBytes);
  ByteWriter out(key);
  out.guid(person.tenant);
  out.guid(person.user);
  out.fixed(static_cast<std::uint8_t>(part));
  append_moment(key, moment);
  return key;
}

bool is_entry_key(std::string_view key) { return key.size() == kEntryKeyBytes && key.front() == kEntry; }

Moment moment_of(std::string_view entry_key) { return read_moment(entry_key.substr(kEntryPrefixBytes)); }

Shared<presence::Calendar> calendar_of(const presence::Record& record) {
  return record.extras ? record.extras->calendar : Shared<presence::Calendar>();
}

Shared<presence::Audience> audience_of(const presence::Record& record) {
  return record.extras ? record.extras->audience : Shared<presence::Audience>();
}

std::string encode_fold(const Fold& fold) {
  const bool has_calendar(calendar_of(fold.record)), has_audience(audience_of(fold.record));
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::uint8_t>(fold.is_there * kIsThere + has_calendar * kHasCalendar +
                                      has_audience * kHasAudience));
  out.varint(fold.version);
  if (has_calendar) append_moment(bytes, fold.calendar);
  if (has_audience) append_moment(bytes, fold.audience);
  log::append_record(out, has_calendar || has_audience ? without_large_parts(fold.record) : fold.record);
  return bytes;
}

std::string encode_calendar(const presence::Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  if (const auto calendar = calendar_of(record)) log::append_calendar(out, *calendar);
  return bytes;
}

std::string encode_audience(const presence::Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  if (const auto audience = audience_of(record)) {
    log::append_audience(out, *audience);
    out.varint(record.extras->audience_stamp);
  }
  return bytes;
}

std::optional<DecodedFold> decode_fold(std::string_view bytes) {
  ByteReader in(bytes);
  DecodedFold decoded;
  const auto flags = in.fixed<std::uint8_t>();
  decoded.fold.is_there = flags & kIsThere;
  decoded.lacking = {(flags & kHasCalendar) != 0, (flags & kHasAudience) != 0};
  decoded.fold.version = in.varint();
  if (decoded.lacking.calendar) decoded.fold.calendar = read_moment(in);
  if (decoded.lacking.audience) decoded.fold.audience = read_moment(in);
  decoded.fold.record = log::read_record(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return decoded;
}

bool decode_calendar(std::string_view bytes, presence::Record& record) {
  ByteReader in(bytes);
  record.more().calendar = log::read_calendar(in);
  return in.ok() && in.at_end();
}

bool decode_audience(std::string_view bytes, presence::Record& record) {
  ByteReader in(bytes);
  record.more().audience = log::read_audience(in);
  record.more().audience_stamp = in.varint();
  return in.ok() && in.at_end();
}

std::string change_key(const Guid& tenant, std::uint64_t number) {
  std::string key(1, kChange);
  ByteWriter(key).guid(tenant);
  append_big_endian(key, number);
  return key;
}

bool is_change_key(std::string_view key) { return key.size() == kChangeKeyBytes && key.front() == kChange; }

std::uint64_t change_number(std::string_view key) {
  return read_big_endian<std::uint64_t>(key.substr(kChangeKeyBytes - 8));
}

std::string encode_change(const ChangeEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(entry.user);
  out.fixed(static_cast<std::uint8_t>(entry.kind));
  log::append_time(out, entry.at);
  return bytes;
}

std::optional<ChangeEntry> decode_change(std::string_view bytes) {
  ByteReader in(bytes);
  ChangeEntry entry;
  entry.user = in.guid();
  const auto kind = in.fixed<std::uint8_t>();
  entry.kind = static_cast<ChangeKind>(kind);
  entry.at = log::read_time(in);
  if (!in.ok() || !in.at_end() || kind > static_cast<std::uint8_t>(ChangeKind::kRemoved)) return std::nullopt;
  return entry;
}

std::string mark_key(std::uint32_t shard) {
  std::string key(1, kMark);
  append_big_endian(key, shard);
  return key;
}

std::string encode_mark(const Mark& mark) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(mark.seq);
  out.guid(mark.last_event);
  log::append_time(out, mark.earliest);
  return bytes;
}

std::optional<Mark> decode_mark(std::string_view bytes) {
  ByteReader in(bytes);
  Mark mark;
  mark.seq = in.fixed<std::uint64_t>();
  mark.last_event = in.guid();
  mark.earliest = log::read_time(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return mark;
}

}  // namespace porchlight::history
