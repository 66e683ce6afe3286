// The bytes of keys and values of the history database, as docs/log_format.md ("The history") describes them.
#include <gtest/gtest.h>

#include <limits>

#include "history/change_marks.h"
#include "history/entry.h"
#include "log/record_codec.h"
#include "log/samples.h"

namespace porchlight::history {
namespace {

using log::at_ms;
using log::id_of;

const Guid kTenantId = parse_guid("00010203-0405-0607-0809-0a0b0c0d0e0f").value();
const Guid kUserId = parse_guid("10111213-1415-1617-1819-1a1b1c1d1e1f").value();
const state::UserKey kKey{kTenantId, kUserId};

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

// Guids are stored as their 16 bytes in order of the text.
std::string guid_bytes(int first) {
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes.push_back(static_cast<char>(first + i));
  return bytes;
}

// NOT of each byte.
std::string inverted(std::string bytes) {
  for (char& byte : bytes) byte = static_cast<char>(~byte);
  return bytes;
}

TEST(EntryFormat, KeysOfEntriesAreAsDocumented) {
  const EntryTime place{Time(Duration(0x0102030405060708)), 0x1112131415161718, 0x2122};
  const std::string moment = inverted(bytes_of({0x81, 2, 3, 4, 5, 6, 7, 8})) +  // XOR 2^63
                             inverted(bytes_of({0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18})) +
                             inverted(bytes_of({0x21, 0x22}));
  int part = 0;
  for (const EntryColumn column : {EntryColumn::kRecord, EntryColumn::kCalendar, EntryColumn::kVisibility}) {
    const std::string key = "E" + guid_bytes(0) + guid_bytes(16) + bytes_of({part++}) + moment;
    EXPECT_EQ(entry_key(kKey, column, place), key);
    EXPECT_TRUE(is_entry_key(key));
    EXPECT_EQ(entry_time_of(key), place);
  }
}

TEST(EntryFormat, LaterEntriesHaveSmallerKeys) {
  const EntryTime ascending[] = {{Time::min(), 0, 0},       {Time(Duration(-1)), 9, 9},
                                 {Time(Duration(0)), 0, 0}, {Time(Duration(0)), 0, 1},
                                 {Time(Duration(0)), 1, 0}, latest_entry_at(Time(Duration(0))),
                                 {Time(Duration(1)), 0, 0}, latest_entry_at(Time::max())};
  for (std::size_t i = 1; i < std::size(ascending); ++i) {
    EXPECT_LT(entry_key(kKey, EntryColumn::kRecord, ascending[i]),
              entry_key(kKey, EntryColumn::kRecord, ascending[i - 1]))
        << "entry " << i;
  }
}

TEST(EntryFormat, OtherKeysAreAsDocumented) {
  EXPECT_EQ(checkpoint_key(0x01020304), bytes_of({'M', 1, 2, 3, 4}));
  const std::string change = change_key(kTenantId, {63, 0x0102030405060708, 0x090A});
  EXPECT_EQ(change, "D" + guid_bytes(0) + bytes_of({63, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_TRUE(is_change_key_of(change, kTenantId));
  EXPECT_FALSE(is_change_key_of(change, kUserId));
  EXPECT_FALSE(is_change_key(change.substr(1)));
  EXPECT_EQ(change_place(change).shard, 63u);
  EXPECT_EQ(change_place(change).seq, 0x0102030405060708u);
  EXPECT_EQ(change_place(change).index, 0x090A);
  EXPECT_EQ(kChangeMarksKey, "T");
  EXPECT_FALSE(is_entry_key(checkpoint_key(1)));
  EXPECT_FALSE(is_entry_key(change));
}

TEST(EntryFormat, ValuesAreAsDocumented) {
  const Time time = Time(Duration(0x0102030405060708));
  const std::string time_bytes = bytes_of({8, 7, 6, 5, 4, 3, 2, 1});
  EXPECT_EQ(encode_checkpoint({0x0A, kUserId, time}),
            bytes_of({0x0A, 0, 0, 0, 0, 0, 0, 0}) + guid_bytes(16) + time_bytes);
  std::string change;
  append_change(change, {kUserId, ChangeKind::kRemoved});
  EXPECT_EQ(change, guid_bytes(16) + bytes_of({2}));
  Positions positions{};
  positions[1] = 0x85;
  std::string marks = bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x85, 1}) + std::string(62, '\0');
  EXPECT_EQ(encode_change_marks(ChangeMarks(positions)), marks) << "at the smallest time";

  PersonState person;
  EXPECT_EQ(encode_person_state(person).substr(0, 2), bytes_of({0, 0})) << "a user who was removed";
  person.exists = true;
  person.version = 5;
  person.record.ensure_extras().calendar = presence::Calendar{{{at_ms(0), at_ms(1)}}, {}};
  person.calendar = {time, 3, 1};
  std::string expected =
      bytes_of({1 | 2, 5}) + entry_key(kKey, EntryColumn::kCalendar, person.calendar).substr(34);
  presence::Record without = person.record;
  without.extras->calendar.reset();
  ByteWriter out(expected);
  log::append_record(out, without);
  EXPECT_EQ(encode_person_state(person), expected);
}

}  // namespace
}  // namespace porchlight::history
