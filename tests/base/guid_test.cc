// GUIDs: text form, GUIDs from names, random GUIDs.
#include "base/guid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/random.h"

namespace porchlight {
namespace {

TEST(Guid, ParsesBothCasesAndWritesLowerCase) {
  const auto guid = parse_guid("9188040D-6c67-4C5B-b112-36a304b66dad");
  ASSERT_TRUE(guid.has_value());
  EXPECT_EQ(to_string(*guid), "9188040d-6c67-4c5b-b112-36a304b66dad");
  EXPECT_EQ(parse_guid(to_string(*guid)), guid);
}

TEST(Guid, WritesHexadecimalDigits) {
  std::string text(16, ' ');
  write_hex(0x0123456789ABCDEF, text.data());
  EXPECT_EQ(text, "0123456789abcdef");
}

TEST(Guid, RefusesOtherSpellings) {
  const std::string_view rows[] = {
      "",
      "9188040d6c674c5bb11236a304b66dad",
      "{9188040d-6c67-4c5b-b112-36a304b66dad}",
      "9188040d-6c67-4c5b-b112-36a304b66da",
      "9188040d-6c67-4c5b-b112-36a304b66dad0",
      "9188040g-6c67-4c5b-b112-36a304b66dad",
      "9188040d-6c67-4c5b-b112-36a304b66da\xC3",
      "9188040d+6c67-4c5b-b112-36a304b66dad",
      "9188040-d6c67-4c5b-b112-36a304b66dad",
      " 188040d-6c67-4c5b-b112-36a304b66dad",
  };
  for (const auto row : rows) EXPECT_EQ(parse_guid(row), std::nullopt) << row;
}

// Every byte at every position: hexadecimal digits and hyphens are accepted where they belong, and no other byte.
TEST(Guid, ChecksEveryPosition) {
  const std::string good = "01234567-89ab-cdef-FEDC-BA9876543210";
  for (std::size_t position = 0; position < good.size(); ++position) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[position] = static_cast<char>(byte);
      const bool valid = good[position] == '-' ? byte == '-' : std::isxdigit(byte) != 0;
      const auto guid = parse_guid(text);
      ASSERT_EQ(guid.has_value(), valid) << text;
      if (!guid) continue;
      for (char& c : text) c = static_cast<char>(std::tolower(c));
      ASSERT_EQ(to_string(*guid), text);
    }
  }
}

TEST(Guid, WritesBytesInOrder) {
  EXPECT_EQ(to_string(Guid{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}),
            "00010203-0405-0607-0809-0a0b0c0d0e0f");
}

TEST(Guid, IsOrderedByItsBytes) {
  for (std::size_t place = 0; place < 16; ++place) {
    Guid small, large;
    small.bytes.fill(7);
    large.bytes.fill(7);
    large.bytes[place] = 0x80;                         // negative if it were signed
    if (place + 1 < 16) small.bytes[place + 1] = 255;  // later bytes do not matter
    EXPECT_LT(small, large) << place;
    EXPECT_GT(large, small) << place;
  }
  EXPECT_EQ(Guid{} <=> Guid{}, std::strong_ordering::equal);
}

TEST(Guid, EqualNamesGiveEqualGuids) {
  EXPECT_EQ(guid_from_name("ana"), guid_from_name("ana"));
  EXPECT_NE(guid_from_name("ana"), guid_from_name("Ana"));
  EXPECT_EQ(to_string(guid_from_name(""))[14], '8');
  EXPECT_EQ(to_string(guid_from_name("desk")), "49be417a-d740-80a0-831b-636b44cfc26f") << "is on disk";
}

template <typename Make>
void expect_random(Make make) {
  std::set<Guid> seen;
  for (int i = 0; i < 1'000; ++i) {
    const Guid guid = make();
    EXPECT_EQ(guid.bytes[6] >> 4, 4);
    EXPECT_EQ(guid.bytes[8] >> 6, 2);
    EXPECT_TRUE(seen.insert(guid).second);
  }
}

TEST(Guid, RandomGuidsAreVersionFourAndDiffer) {
  Random one, other;
  EXPECT_NE(one.next(), other.next());
  expect_random([&] { return one.guid(); });
  expect_random(secure_random_guid);
}

TEST(Guid, OfOneSeriesDifferInTheLastBytes) {
  Random random, other;
  const Guid first = random.serial_guid(), of_other = other.serial_guid();
  EXPECT_NE(first, of_other);
  EXPECT_EQ(first.bytes[6] >> 4, 8) << "the version";
  EXPECT_EQ(first.bytes[8] >> 6, 2) << "the variant";
  std::set<Guid> all = {first, of_other};
  for (int i = 0; i < 70'000; ++i) {
    const Guid next = random.serial_guid();
    EXPECT_TRUE(all.insert(next).second) << i;
    EXPECT_TRUE(std::equal(next.bytes.begin(), next.bytes.begin() + 13, first.bytes.begin())) << i;
  }
}

}  // namespace
}  // namespace porchlight
